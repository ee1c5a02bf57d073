package io.terminator.admin.config.format;

/**
 * The position of a value: its path from the top, such as {@code listeners[0].bind}, and its line,
 * from 1.
 */
public record Place(String path, int line) {
  static final Place TOP = new Place("", 1);

  Place key(String name, int lineOfKey) {
    return new Place(path.isEmpty() ? name : path + "." + name, lineOfKey);
  }

  /** The position that an absent key would have. */
  public Place key(String name) {
    return key(name, line);
  }

  Place item(int index, int lineOfItem) {
    return new Place(path + "[" + index + "]", lineOfItem);
  }
}
