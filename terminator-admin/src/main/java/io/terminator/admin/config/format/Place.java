package io.terminator.admin.config.format;

/**
 * Where a value stands: its path from the top, such as {@code listeners[0].bind}, and its line,
 * from 1.
 */
public record Place(String path, int line) {
  static final Place TOP = new Place("", 1);

  Place key(String name, int lineOfKey) {
    return new Place(path.isEmpty() ? name : path + "." + name, lineOfKey);
  }

  /** A key that is not written, where it would be. */
  public Place key(String name) {
    return key(name, line);
  }

  Place item(int index, int lineOfItem) {
    return new Place(path + "[" + index + "]", lineOfItem);
  }
}
