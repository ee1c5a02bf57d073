package io.terminator.admin.config.format;

import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.composer.Composer;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.parser.ParserImpl;
import org.yaml.snakeyaml.reader.ReaderException;
import org.yaml.snakeyaml.reader.StreamReader;
import org.yaml.snakeyaml.resolver.Resolver;

/**
 * Parses the bytes of a file into a tree of YAML nodes, or reports the one problem that prevents
 * it.
 */
public final class YamlText {
  /** Far above any legitimate file, and far below a harmful size. */
  public static final int LARGEST = 1 << 20;

  private static final int DEEPEST = 32;

  private YamlText() {}

  /** Returns null after a problem. */
  public static @Nullable Value parse(byte[] content, Reading reading) {
    if (content.length > LARGEST) {
      stop(reading, 1, "has more than 1 MiB", "a configuration file of at most 1 MiB", "");
      return null;
    }
    String text = decode(content, reading);
    if (text == null || hasTabs(text, reading)) {
      return null;
    }
    Node node = compose(text, reading);
    if (node == null) {
      return null;
    }
    Value value = new Value(reading, Place.TOP, node);
    if (value.isNothing()) {
      stop(reading, 1, "is empty", "a map with listeners and backends", "");
      return null;
    }
    return value;
  }

  private static @Nullable String decode(byte[] content, Reading reading) {
    for (int i = 0; i < content.length; i++) {
      byte b = content[i];
      if (b >= 0 && b < ' ' && b != '\n' && b != '\r' && b != '\t') {
        stop(
            reading,
            lineOf(content, i),
            "contains the byte " + String.format(Locale.ROOT, "0x%02x", b) + ": not a text file",
            "YAML in UTF-8",
            "");
        return null;
      }
    }
    CharsetDecoder decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    ByteBuffer in = ByteBuffer.wrap(content);
    CharBuffer out = CharBuffer.allocate(content.length);
    CoderResult result = decoder.decode(in, out, true);
    if (result.isError()) {
      stop(reading, lineOf(content, in.position()), "is not UTF-8 here", "YAML in UTF-8", "");
      return null;
    }
    String text = out.flip().toString();
    return text.startsWith("\uFEFF") ? text.substring(1) : text;
  }

  /** YAML's own message for this common mistake names neither the tab nor the remedy. */
  private static boolean hasTabs(String text, Reading reading) {
    int line = 0;
    boolean found = false;
    for (String content : text.split("\n", -1)) {
      line++;
      String indentation = content.substring(0, content.length() - content.stripLeading().length());
      if (indentation.indexOf('\t') >= 0 && !content.isBlank()) {
        stop(reading, line, "has a tab in its indentation", "spaces", "replace the tab");
        found = true;
      }
    }
    return found;
  }

  private static @Nullable Node compose(String text, Reading reading) {
    LoaderOptions options = new LoaderOptions();
    options.setNestingDepthLimit(DEEPEST);
    options.setCodePointLimit(LARGEST);
    try {
      // Not through Yaml, which also makes what turns nodes into objects and objects into text, and
      // with it a logger of the platform, for which every jar is opened during a start.
      Node node =
          new Composer(
                  new ParserImpl(new StreamReader(new StringReader(text)), options),
                  new Resolver(),
                  options)
              .getSingleNode();
      if (node == null) {
        stop(reading, 1, "is empty", "a map with listeners and backends", "");
      }
      return node;
    } catch (MarkedYAMLException unreadable) {
      String finding =
          unreadable.getProblem() == null ? "cannot be parsed" : unreadable.getProblem();
      stop(
          reading, line(unreadable), "is not YAML: " + onOneLine(finding), "YAML", remedy(finding));
    } catch (ReaderException unreadable) {
      int line =
          1
              + (int)
                  text.codePoints().limit(unreadable.getPosition()).filter(c -> c == '\n').count();
      stop(
          reading,
          line,
          String.format(Locale.ROOT, "contains the character U+%04X", unreadable.getCodePoint()),
          "printable text",
          "remove it");
    } catch (YAMLException unreadable) {
      // Errors without a mark come from parser limits. Their messages name no line.
      stop(
          reading,
          1,
          "is not YAML: " + onOneLine(String.valueOf(unreadable.getMessage())),
          "YAML",
          "");
    }
    return null;
  }

  /** The parser's message may quote the file. */
  private static String onOneLine(String words) {
    return words.replaceAll("\\p{Cc}+", " ");
  }

  private static int line(MarkedYAMLException unreadable) {
    Mark mark = unreadable.getProblemMark();
    return mark == null ? 1 : mark.getLine() + 1;
  }

  private static String remedy(String finding) {
    if (finding.contains("alias") || finding.contains("anchor")) {
      return "quote a value that begins with * or &";
    }
    if (finding.contains("mapping values")
        || finding.contains("unexpected character")
        || finding.contains("cannot start any token")) {
      return "check the indentation; quote a value with special characters";
    }
    if (finding.contains("document")) {
      return "remove the line \"---\"";
    }
    return "check the indentation, brackets and quotes at this line and above";
  }

  private static int lineOf(byte[] content, int position) {
    int line = 1;
    for (int i = 0; i < position; i++) {
      if (content[i] == '\n') {
        line++;
      }
    }
    return line;
  }

  private static void stop(
      Reading reading, int line, String finding, String expected, String remedy) {
    reading.problem(new Place("", line), finding, expected, remedy);
  }
}
