package io.terminator.tls.certificate;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * Cuts PEM text into its blocks. Text around them is skipped, as other tools write comments there.
 */
final class PemBlocks {
  private static final String BEGIN = "-----BEGIN ";
  private static final String END = "-----END ";
  private static final String DASHES = "-----";

  private PemBlocks() {}

  /**
   * {@code text} is the whole block with its dashes; {@code der} is empty where headers say that it
   * is encrypted.
   */
  record Block(String label, int line, boolean isEncrypted, byte[] der, String text) {
    @Override
    public String toString() {
      return "Block[" + label + ", line " + line + "]";
    }
  }

  static boolean isPem(byte[] content) {
    return new String(content, StandardCharsets.ISO_8859_1).contains(BEGIN);
  }

  /** The blocks that are whole; the others become problems of {@code place}. */
  static List<Block> read(byte[] content, String place, Findings findings) {
    String[] lines = new String(content, StandardCharsets.ISO_8859_1).split("\r\n|\n|\r", -1);
    List<Block> blocks = new ArrayList<>();
    for (int i = 0; i < lines.length; i++) {
      int start = lines[i].indexOf(BEGIN);
      if (start < 0) {
        continue;
      }
      int begin = i;
      String label = label(lines[i].substring(start), BEGIN);
      StringBuilder body = new StringBuilder();
      boolean encrypted = false;
      for (i++; i < lines.length && !lines[i].contains(DASHES); i++) {
        if (lines[i].indexOf(':') < 0) {
          body.append(lines[i].strip());
        } else if (lines[i].startsWith("Proc-Type:")) {
          encrypted = lines[i].contains("ENCRYPTED");
        }
      }
      if (i == lines.length
          || !lines[i].strip().startsWith(END)
          || !lines[i].strip().endsWith(DASHES)) {
        findings.add(
            CredentialProblem.Kind.TRUNCATED,
            place,
            "the block \"BEGIN "
                + label
                + "\" of line "
                + (begin + 1)
                + " has no end. Expected \"END "
                + label
                + "\": the file is cut off or still being written");
        i--;
        continue;
      }
      if (!label(lines[i].strip(), END).equals(label)) {
        findings.add(
            CredentialProblem.Kind.MALFORMED,
            place,
            "the block \"BEGIN " + label + "\" of line " + (begin + 1) + " ends as something else");
        continue;
      }
      byte[] der = decode(body, encrypted);
      if (der.length == 0 && !encrypted) {
        findings.add(
            CredentialProblem.Kind.MALFORMED,
            place,
            "the block \"BEGIN "
                + label
                + "\" of line "
                + (begin + 1)
                + " is not Base64. Copy the file again");
        continue;
      }
      blocks.add(new Block(label, begin + 1, encrypted, der, text(lines, begin, i)));
    }
    return blocks;
  }

  private static String label(String line, String prefix) {
    int end = line.indexOf(DASHES, prefix.length());
    String label = line.substring(prefix.length(), end < 0 ? line.length() : end);
    // It is quoted in messages: a line of key material after a damaged BEGIN must not be.
    return label.matches("[A-Z0-9 .]{1,40}") ? label : "?";
  }

  private static byte[] decode(StringBuilder body, boolean encrypted) {
    try {
      return encrypted ? new byte[0] : Base64.getDecoder().decode(body.toString());
    } catch (IllegalArgumentException e) {
      return new byte[0];
    }
  }

  private static String text(String[] lines, int begin, int end) {
    StringBuilder text = new StringBuilder();
    for (int i = begin; i <= end; i++) {
      text.append(lines[i].strip()).append('\n');
    }
    return text.toString();
  }
}
