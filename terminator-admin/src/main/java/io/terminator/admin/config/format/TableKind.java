package io.terminator.admin.config.format;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.NodeTuple;

/** A map from unique names to values of one kind. */
record TableKind<T>(Names names, Kind<T> kind) implements Kind<Map<String, T>> {
  @Override
  public @Nullable Map<String, T> read(Value value) {
    if (value.refuses(form(), value.isMap())) {
      return null;
    }
    if (value.map().getValue().isEmpty()) {
      value.wrong("is an empty map", "at least one " + names.noun(), "add one");
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
      if (!Kinds.isName(name)) {
        value
            .reading()
            .problem(place, Quoted.of(name), Kinds.name().form().expected(), "rename it");
      }
      value.reading().declare(names, name, place);
      T usable = kind.read(new Value(value.reading(), place, entry.getValueNode()));
      if (usable != null) {
        read.put(name, usable);
      }
    }
    return read;
  }

  @Override
  public Form form() {
    return new Form.Table(names.noun(), kind.form(), 1);
  }

  @Override
  public String spell(Map<String, T> value) {
    return "{" + String.join(", ", value.keySet()) + "}";
  }
}
