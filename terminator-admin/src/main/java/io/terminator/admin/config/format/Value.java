package io.terminator.admin.config.format;

import java.nio.file.Path;
import java.util.AbstractList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/** A value of the file with its position, as input for a {@link Kind}. */
public final class Value {
  private final Reading reading;
  private final Place place;
  private final Node node;

  Value(Reading reading, Place place, Node node) {
    this.reading = reading;
    this.place = place;
    this.node = node;
  }

  public Reading reading() {
    return reading;
  }

  public Place place() {
    return place;
  }

  boolean isText() {
    return node instanceof ScalarNode;
  }

  boolean isList() {
    return node instanceof SequenceNode;
  }

  boolean isMap() {
    return node instanceof MappingNode;
  }

  /** The key has no value, or an explicit null. */
  boolean isNothing() {
    return node instanceof ScalarNode && node.getTag().equals(Tag.NULL);
  }

  /** Whether the text, after expansion, contains a slash. */
  public boolean isPath() {
    return isTextThat(text -> text.indexOf('/') >= 0);
  }

  /** Whether the text, after expansion, begins with {@code prefix}. */
  public boolean startsWith(String prefix) {
    return isTextThat(text -> text.startsWith(prefix));
  }

  /** Whether {@code test} holds for the text after expansion. */
  public boolean isTextThat(Predicate<String> test) {
    String text = isText() ? Expansion.expand(raw(), reading.unheard(), place) : null;
    return text != null && test.test(text);
  }

  MappingNode map() {
    return (MappingNode) node;
  }

  /** The value of a key of this map. */
  Value at(NodeTuple entry) {
    String key = ((ScalarNode) entry.getKeyNode()).getValue();
    return new Value(reading, place.key(key, lineOf(entry.getKeyNode())), entry.getValueNode());
  }

  /** Made when they are asked for: a file can have 500,000, most of which are then not read. */
  List<Value> items() {
    List<Node> nodes = ((SequenceNode) node).getValue();
    return new AbstractList<>() {
      @Override
      public Value get(int index) {
        Node item = nodes.get(index);
        return new Value(reading, place.item(index, lineOf(item)), item);
      }

      @Override
      public int size() {
        return nodes.size();
      }
    };
  }

  /** The text after expansion of variables; null after a problem. */
  @Nullable String text(Form form) {
    return refuses(form, isText()) ? null : Expansion.expand(raw(), reading, place);
  }

  /** As {@link #text}, with the variables that are not of the environment left in place. */
  @Nullable String template(Form form) {
    return refuses(form, isText()) ? null : Expansion.expand(raw(), reading, place, true);
  }

  /** The text as written in the file. */
  String raw() {
    return ((ScalarNode) node).getValue();
  }

  /**
   * Reports a missing value or one of the wrong type; {@code right} says whether the caller can
   * read the type.
   */
  boolean refuses(Form form, boolean right) {
    if (isNothing()) {
      reading.problem(
          place, "has no value", form.expected(), "write one, or remove the key for its default");
      return true;
    }
    String tag = node.getTag().getValue();
    if (!tag.startsWith(Tag.PREFIX)) {
      reading.problem(place, "has the tag " + Quoted.of(tag), "a value without a tag", "remove it");
      return true;
    }
    if (!right) {
      reading.problem(place, "is " + type(), form.expected(), "");
    }
    return !right;
  }

  /** Reports unusable text. */
  void wrong(String text, String expected) {
    wrong(finding(text), expected, "");
  }

  void wrong(String finding, String expected, String remedy) {
    reading.problem(place, finding, expected, remedy);
  }

  /** Whether {@code text} comes from the file itself and not from a variable. */
  boolean isAsWritten(String text) {
    return raw().equals(text);
  }

  /**
   * Quotes {@code text}. Text from a variable is replaced by the reference in the file, because it
   * may be a secret.
   */
  String finding(String text) {
    return isAsWritten(text)
        ? Quoted.of(text)
        : Quoted.of(raw()) + " has a value that can't be used here";
  }

  /** Whether the text contains a variable. */
  boolean hasVariable() {
    return isText() && raw().contains("${");
  }

  Path path(String text) {
    return reading.resolve(text);
  }

  static int lineOf(Node node) {
    return node.getStartMark().getLine() + 1;
  }

  private String type() {
    if (isMap()) {
      return "a map";
    }
    return isList() ? "a list" : "text, " + Quoted.of(raw());
  }
}
