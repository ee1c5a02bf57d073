package io.terminator.admin.config.format;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.NodeTuple;

/**
 * A map from free names to values of one kind, in the order of the file. {@code check} accepts a
 * name, and {@code expected} describes those it accepts.
 */
record MapKind<T>(String noun, String expected, Predicate<String> check, Kind<T> kind)
    implements Kind<Map<String, T>> {
  @Override
  public @Nullable Map<String, T> read(Value value) {
    if (value.refuses(form(), value.isMap())) {
      return null;
    }
    Map<String, T> read = new LinkedHashMap<>();
    Map<String, Place> seen = new HashMap<>();
    for (NodeTuple entry : value.map().getValue()) {
      if (value.reading().isFull()) {
        break;
      }
      String name = Shape.nameOf(entry, value, seen);
      Place place = name == null ? null : seen.get(name);
      if (name == null || place == null) {
        continue;
      }
      if (!check.test(name)) {
        value.reading().problem(place, Quoted.of(name), expected, "");
        continue;
      }
      value.reading().visited(place);
      T usable = kind.read(new Value(value.reading(), place, entry.getValueNode()));
      if (usable != null) {
        read.put(name, usable);
      }
    }
    return read;
  }

  @Override
  public Form form() {
    return new Form.Table(noun, kind.form(), 0);
  }

  @Override
  public String spell(Map<String, T> value) {
    return "{" + String.join(", ", value.keySet()) + "}";
  }
}
