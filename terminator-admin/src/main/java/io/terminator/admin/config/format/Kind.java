package io.terminator.admin.config.format;

import org.jspecify.annotations.Nullable;

/** A type of value: how it is read, described and written. Immutable. */
public interface Kind<T> {

  /** Returns null after reporting a problem. Never throws because of the content of a file. */
  @Nullable T read(Value value);

  Form form();

  /** The value as an operator would write it, for the reference page. */
  String spell(T value);
}
