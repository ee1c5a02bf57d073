package io.terminator.admin.config.format;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;

/**
 * The settings of a file by path, as written: variables are not expanded and secrets are hidden, so
 * that every user with access to the file's name may see them. Items with a {@code name} are
 * identified by it, so that an inserted entry does not shift the others.
 */
public final class WrittenSettings {
  /** Without a file. */
  public static final WrittenSettings NONE = new WrittenSettings(Map.of());

  private static final String HIDDEN = "(hidden)";

  private final Map<String, String> values;

  /** A setting that differs between two files; null on a side that does not have it. */
  public record Difference(String path, @Nullable String before, @Nullable String after) {
    @Override
    public String toString() {
      if (before == null) {
        return path + ": " + after + " (new)";
      }
      return path + ": " + before + (after == null ? " (gone)" : " -> " + after);
    }
  }

  private WrittenSettings(Map<String, String> values) {
    this.values = values;
  }

  /** For a file that was read without problems: its shape bounds the depth. */
  public static WrittenSettings of(Value top) {
    Map<String, String> values = new LinkedHashMap<>();
    collect("", top, values);
    return new WrittenSettings(values);
  }

  private static void collect(String path, Value value, Map<String, String> values) {
    if (value.isMap()) {
      for (NodeTuple entry : value.map().getValue()) {
        String key = ((ScalarNode) entry.getKeyNode()).getValue();
        collect(path.isEmpty() ? key : path + "." + key, value.at(entry), values);
      }
    } else if (value.isList()) {
      List<Value> items = value.items();
      if (items.stream().allMatch(Value::isText)) {
        values.put(
            path, items.stream().map(Value::raw).collect(Collectors.joining(", ", "[", "]")));
        return;
      }
      for (int i = 0; i < items.size(); i++) {
        collect(path + "[" + nameOf(items.get(i), i) + "]", items.get(i), values);
      }
    } else {
      values.put(path, value.reading().isSecret(value.place()) ? HIDDEN : value.raw());
    }
  }

  private static String nameOf(Value item, int index) {
    if (item.isMap()) {
      for (NodeTuple entry : item.map().getValue()) {
        if (entry.getKeyNode() instanceof ScalarNode key
            && key.getValue().equals("name")
            && entry.getValueNode() instanceof ScalarNode name) {
          return name.getValue();
        }
      }
    }
    return Integer.toString(index);
  }

  /** The settings that differ in {@code next}, by path. */
  public List<Difference> differencesTo(WrittenSettings next) {
    Set<String> paths = new TreeSet<>(values.keySet());
    paths.addAll(next.values.keySet());
    List<Difference> differences = new ArrayList<>();
    for (String path : paths) {
      String before = values.get(path);
      String after = next.values.get(path);
      if (!Objects.equals(before, after)) {
        differences.add(new Difference(path, before, after));
      }
    }
    return List.copyOf(differences);
  }
}
