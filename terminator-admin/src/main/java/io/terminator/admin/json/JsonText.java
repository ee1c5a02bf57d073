package io.terminator.admin.json;

import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions.FlowStyle;
import org.yaml.snakeyaml.DumperOptions.ScalarStyle;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.composer.Composer;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.CollectionNode;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.parser.ParserImpl;
import org.yaml.snakeyaml.reader.StreamReader;
import org.yaml.snakeyaml.resolver.Resolver;

/**
 * The text of a {@link JsonObject} (RFC 8259). JSON is read by the YAML parser, whose classes every
 * process has loaded for its configuration file: with Jackson, an idle process that has ACME
 * configured needs 9 MiB more.
 */
final class JsonText {
  private static final int LARGEST = 1 << 20;
  private static final int DEEPEST = 8;

  private JsonText() {}

  static JsonObject parse(byte[] json) throws IOException {
    LoaderOptions options = new LoaderOptions();
    options.setNestingDepthLimit(DEEPEST);
    options.setCodePointLimit(LARGEST);
    options.setMaxAliasesForCollections(0);
    try {
      Node node =
          new Composer(
                  new ParserImpl(new StreamReader(new StringReader(ascii(json))), options),
                  new Resolver(),
                  options)
              .getSingleNode();
      if (node instanceof MappingNode map) {
        return object(map);
      }
    } catch (CharacterCodingException notText) {
      throw new IOException("it is not UTF-8", notText);
    } catch (YAMLException unreadable) {
      // Its message quotes the document.
      throw new IOException("it is not JSON", unreadable);
    }
    throw new IOException("it is not a JSON object");
  }

  /**
   * In a text, JSON allows any character; YAML only printable ones, and some of those end a line.
   */
  private static String ascii(byte[] json) throws CharacterCodingException {
    CharSequence text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(json));
    StringBuilder ascii = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c > '~') {
        escape(ascii, c);
      } else {
        ascii.append(c);
      }
    }
    return ascii.toString();
  }

  private static JsonObject object(MappingNode map) throws IOException {
    requireBrackets(map);
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    for (NodeTuple entry : map.getValue()) {
      if (!(value(entry.getKeyNode()) instanceof String key)) {
        throw new IOException("a field in it has no name");
      }
      if (fields.containsKey(key)) {
        throw new IOException("\"" + key + "\" is twice in it");
      }
      fields.put(key, value(entry.getValueNode()));
    }
    return new JsonObject(fields);
  }

  private static @Nullable Object value(Node node) throws IOException {
    if (node instanceof MappingNode map) {
      return object(map);
    }
    if (node instanceof SequenceNode list) {
      requireBrackets(list);
      List<@Nullable Object> values = new ArrayList<>();
      for (Node each : list.getValue()) {
        values.add(value(each));
      }
      return values;
    }
    ScalarNode scalar = (ScalarNode) node;
    String text = scalar.getValue();
    if (scalar.getScalarStyle() == ScalarStyle.DOUBLE_QUOTED) {
      return text;
    }
    if (!scalar.isPlain()) {
      throw new IOException("a value in it is not JSON");
    }
    switch (text) {
      case "null":
        return null;
      case "true":
        return true;
      case "false":
        return false;
      default:
        try {
          return Long.valueOf(text);
        } catch (NumberFormatException notJson) {
          throw new IOException("a value in it is not JSON", notJson);
        }
    }
  }

  private static void requireBrackets(CollectionNode<?> node) throws IOException {
    if (node.getFlowStyle() != FlowStyle.FLOW) {
      throw new IOException("it is not JSON");
    }
  }

  static byte[] bytes(JsonObject object) {
    StringBuilder text = new StringBuilder();
    append(text, object, "\n");
    return text.append('\n').toString().getBytes(StandardCharsets.UTF_8);
  }

  /** {@code line} ends a line and indents the next one as deep as {@code object}. */
  private static void append(StringBuilder to, JsonObject object, String line) {
    String deeper = line + "  ";
    String separator = "{";
    for (Map.Entry<String, @Nullable Object> field : object.fields().entrySet()) {
      append(to.append(separator).append(deeper), field.getKey());
      to.append(": ");
      value(to, field.getValue(), deeper);
      separator = ",";
    }
    to.append(object.fields().isEmpty() ? "{" : line).append('}');
  }

  private static void value(StringBuilder to, @Nullable Object value, String line) {
    if (value instanceof JsonObject object) {
      append(to, object, line);
    } else if (value instanceof List<?> list) {
      String separator = "[";
      for (Object each : list) {
        value(to.append(separator), each, line);
        separator = ", ";
      }
      to.append(list.isEmpty() ? "[]" : "]");
    } else if (value instanceof String text) {
      append(to, text);
    } else {
      to.append(value);
    }
  }

  private static void append(StringBuilder to, String text) {
    to.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        to.append('\\').append(c);
      } else if (c < ' ' || c > '~') {
        escape(to, c);
      } else {
        to.append(c);
      }
    }
    to.append('"');
  }

  private static void escape(StringBuilder to, int c) {
    to.append("\\u");
    for (int shift = 12; shift >= 0; shift -= 4) {
      to.append(Character.forDigit(c >> shift & 0xf, 16));
    }
  }
}
