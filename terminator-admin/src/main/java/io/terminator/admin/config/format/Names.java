package io.terminator.admin.config.format;

/**
 * Names that are unique within one file and may be referred to. {@code noun} as in "no backend is
 * named x".
 */
public record Names(String noun) {
  public static final Names BACKEND = new Names("backend");
  public static final Names LISTENER = new Names("listener");
  public static final Names ADDRESS = new Names("address");
}
