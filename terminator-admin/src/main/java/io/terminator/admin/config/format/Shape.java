package io.terminator.admin.config.format;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;

/**
 * A map with fixed keys, and the record built from it. A feature declares its keys in one class and
 * lists them here. Reading, the detection of unknown keys, the reference page and the JSON Schema
 * follow from this list.
 *
 * <p>To add a key: add a {@code Key} constant with its description, its name in the list, and one
 * {@code section.get} in the mapping; then regenerate the documents with {@code ConfigReference}.
 */
public final class Shape<T> implements Kind<T> {
  private final String description;
  private final List<Key<?>> keys;
  private final Function<Section, T> mapping;

  /** {@code mapping} is called only if every required key was read. */
  public Shape(String description, List<Key<?>> keys, Function<Section, T> mapping) {
    this.description = description;
    this.keys = List.copyOf(keys);
    this.mapping = mapping;
  }

  public String description() {
    return description;
  }

  public List<Key<?>> keys() {
    return keys;
  }

  public List<String> keyNames() {
    return keys.stream().map(Key::name).toList();
  }

  /** The value of an absent section. Throws if a key is required. */
  public T ofNothing() {
    return mapping.apply(new Section(null, Place.TOP));
  }

  @Override
  public @Nullable T read(Value value) {
    if (value.refuses(form(), value.isMap())) {
      return null;
    }
    Section section = new Section(value.reading(), value.place());
    Map<String, Place> seen = new HashMap<>();
    for (NodeTuple entry : value.map().getValue()) {
      if (value.reading().isFull()) {
        break;
      }
      readEntry(entry, value, section, seen);
    }
    boolean whole = true;
    for (Key<?> key : keys) {
      if (section.lacks(key)) {
        whole = false;
        if (!section.has(key)) {
          value
              .reading()
              .problem(
                  value.place().key(key.name()),
                  "is missing",
                  key.kind().form().expected(),
                  "add " + Quoted.of(key.name() + ": ...") + " here");
        }
      }
    }
    return whole ? mapping.apply(section) : null;
  }

  /** The value of one key of a map, or its default; other keys of the map are ignored. */
  public static <K> @Nullable K readOne(Value value, Key<K> key) {
    if (value.isMap()) {
      for (NodeTuple entry : value.map().getValue()) {
        if (entry.getKeyNode() instanceof ScalarNode name && name.getValue().equals(key.name())) {
          return key.kind().read(value.at(entry));
        }
      }
    }
    return key.fallback();
  }

  @Override
  public Form form() {
    return new Form.Keys(this);
  }

  @Override
  public String spell(T value) {
    return "";
  }

  private void readEntry(NodeTuple entry, Value value, Section section, Map<String, Place> seen) {
    String name = nameOf(entry, value, seen);
    if (name == null) {
      return;
    }
    Place place = seen.getOrDefault(name, value.place());
    for (Key<?> key : keys) {
      if (key.name().equals(name)) {
        section.put(key, new Value(value.reading(), place, entry.getValueNode()));
        return;
      }
    }
    String near = Nearest.to(name, keyNames());
    String elsewhere = near == null ? Whereabouts.of(name, this) : null;
    value
        .reading()
        .problem(
            place,
            "is not a known key",
            Form.or(keyNames()),
            near != null
                ? "did you mean " + Quoted.of(near) + "?"
                : elsewhere != null ? "it belongs under " + Quoted.of(elsewhere) : "remove it");
  }

  /** The name of an entry, added to {@code seen}; null after a problem. */
  static @Nullable String nameOf(NodeTuple entry, Value value, Map<String, Place> seen) {
    int line = Value.lineOf(entry.getKeyNode());
    if (!(entry.getKeyNode() instanceof ScalarNode key)) {
      value
          .reading()
          .problem(
              new Place(value.place().path(), line), "has a key that is not text", "a name", "");
      return null;
    }
    String name = key.getValue();
    Place place = value.place().key(shown(name), line);
    Place first = seen.putIfAbsent(name, place);
    if (first != null) {
      value
          .reading()
          .problem(
              place,
              "is set twice, first at line " + first.line(),
              "each key once",
              "remove one of the two");
      return null;
    }
    return name;
  }

  /** A key within a path: unchanged, unless it could be mistaken for more than a name. */
  private static String shown(String name) {
    return name.matches("[A-Za-z0-9_-]{1,64}") ? name : Quoted.of(name);
  }
}
