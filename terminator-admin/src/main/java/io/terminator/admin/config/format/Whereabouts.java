package io.terminator.admin.config.format;

import org.jspecify.annotations.Nullable;

/** Finds a key that was written one level too high. */
final class Whereabouts {
  private Whereabouts() {}

  /** The key of {@code shape} below which {@code name} is known; null if there is none. */
  static @Nullable String of(String name, Shape<?> shape) {
    for (Key<?> key : shape.keys()) {
      String path = within(key.kind().form(), name, key.name());
      if (path != null) {
        return path;
      }
    }
    return null;
  }

  private static @Nullable String within(Form form, String name, String path) {
    if (form instanceof Form.Keys keys) {
      if (keys.shape().keyNames().contains(name)) {
        return path;
      }
      String deeper = of(name, keys.shape());
      return deeper == null ? null : path + "." + deeper;
    }
    if (form instanceof Form.Items items) {
      return within(items.of(), name, path + "[]");
    }
    if (form instanceof Form.Table table) {
      return within(table.of(), name, path + ".<" + table.name() + ">");
    }
    if (form instanceof Form.Either either) {
      for (Form one : either.forms()) {
        String found = within(one, name, path);
        if (found != null) {
          return found;
        }
      }
    }
    return null;
  }
}
