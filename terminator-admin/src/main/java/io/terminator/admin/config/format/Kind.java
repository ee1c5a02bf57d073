package io.terminator.admin.config.format;

import org.jspecify.annotations.Nullable;

/** A type of value: how it is read, described and written. Immutable. */
public interface Kind<T> {

  /**
   * Null when the value cannot be used; then a problem was reported. Never throws for what a file
   * holds.
   */
  @Nullable T read(Value value);

  Form form();

  /** As an operator would write it, for the reference page. */
  String spell(T value);
}
