package io.terminator.tls.certificate.reader;

import io.terminator.tls.certificate.credential.CredentialProblem.Kind;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/**
 * Splits PEM text into blocks. Text between blocks is skipped, because tools write comments there.
 */
public final class PemReader {
  private static final String BEGIN = "-----BEGIN ";
  private static final String END = "-----END ";
  private static final String DASHES = "-----";
  private static final int LONGEST_LABEL = 40;

  private PemReader() {}

  /**
   * One block of {@code all}, which begins in {@code line}; {@code der} is empty if the headers
   * mark it as encrypted.
   */
  public record Block(
      String label, boolean isEncrypted, byte[] der, String all, int from, int to, int line) {

    /** The block with its delimiters, without white space around its lines. */
    public String text() {
      StringBuilder text = new StringBuilder();
      all.substring(from, to).lines().forEach(line -> text.append(line.strip()).append('\n'));
      return text.toString();
    }

    /** The position, for messages. */
    public String where() {
      return PemReader.where(label, line);
    }

    @Override
    public String toString() {
      return where();
    }
  }

  private static String where(String label, int line) {
    return "the block \"BEGIN " + label + "\" of line " + line;
  }

  static boolean isPem(byte[] content) {
    return text(content).contains(BEGIN);
  }

  private static String text(byte[] content) {
    return new String(content, StandardCharsets.ISO_8859_1);
  }

  /** Returns the complete blocks; the others are reported as problems of {@code place}. */
  public static List<Block> read(byte[] content, String place, Findings findings) {
    String all = text(content);
    List<Block> blocks = new ArrayList<>(3);
    int line = 1;
    int counted = 0;
    int from = all.indexOf(BEGIN);
    while (from >= 0) {
      // From the block before, not from the start: a file can have 20,000 blocks.
      line += lineBreaks(all, counted, from);
      counted = from;
      String label = label(all, from + BEGIN.length());
      int body = all.indexOf('\n', from);
      body = body < 0 ? all.length() : body;
      int end = all.indexOf(DASHES, body);
      if (end < 0 || !all.startsWith(END, end)) {
        findings.add(
            Kind.TRUNCATED,
            place,
            where(label, line)
                + " has no end. Expected \"END "
                + label
                + "\": the file is truncated or still being written");
        from = all.indexOf(BEGIN, body);
        continue;
      }
      if (!label(all, end + END.length()).equals(label)) {
        findings.add(Kind.MALFORMED, place, where(label, line) + " has a different END line");
      } else {
        addBlock(blocks, new Span(label, all, from, body, end, line), place, findings);
      }
      from = all.indexOf(BEGIN, end);
    }
    return blocks;
  }

  private static int lineBreaks(String all, int from, int to) {
    int breaks = 0;
    for (int i = from; i < to; i++) {
      if (all.charAt(i) == '\n') {
        breaks++;
      }
    }
    return breaks;
  }

  private record Span(String label, String all, int from, int body, int end, int line) {}

  private static void addBlock(List<Block> blocks, Span span, String place, Findings findings) {
    String body = span.all().substring(span.body(), span.end());
    boolean hasHeaders = body.indexOf(':') >= 0;
    boolean isEncrypted = hasHeaders && body.contains("Proc-Type:") && body.contains("ENCRYPTED");
    byte[] der = isEncrypted ? new byte[0] : decode(hasHeaders ? withoutHeaders(body) : body);
    if (der.length == 0 && !isEncrypted) {
      findings.add(
          Kind.MALFORMED,
          place,
          where(span.label(), span.line()) + " is not Base64. Copy the file again");
      return;
    }
    int lineEnd = span.all().indexOf('\n', span.end());
    int to = lineEnd < 0 ? span.all().length() : lineEnd;
    blocks.add(new Block(span.label(), isEncrypted, der, span.all(), span.from(), to, span.line()));
  }

  /**
   * Returns a label that is safe to quote in messages: after a damaged BEGIN line it could be key
   * material.
   */
  private static String label(String all, int from) {
    int end = all.indexOf(DASHES, from);
    if (end <= from || end > from + LONGEST_LABEL) {
      return "?";
    }
    for (int i = from; i < end; i++) {
      char c = all.charAt(i);
      if ((c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != ' ' && c != '.' && c != '#') {
        return "?";
      }
    }
    return all.substring(from, end);
  }

  private static String withoutHeaders(String body) {
    StringBuilder rest = new StringBuilder();
    body.lines().filter(line -> line.indexOf(':') < 0).forEach(rest::append);
    return rest.toString();
  }

  private static byte[] decode(String body) {
    byte[] digits = new byte[body.length()];
    int length = 0;
    for (int i = 0; i < body.length(); i++) {
      char c = body.charAt(i);
      if (c > ' ') {
        digits[length++] = (byte) c;
      }
    }
    try {
      return Base64.getDecoder().decode(Arrays.copyOf(digits, length));
    } catch (IllegalArgumentException e) {
      return new byte[0];
    }
  }
}
