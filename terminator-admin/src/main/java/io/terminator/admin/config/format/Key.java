package io.terminator.admin.config.format;

import org.jspecify.annotations.Nullable;

/**
 * A key of a {@link Shape}: name, kind, default and the sentence for the reference page. Exactly
 * one of {@code required}, {@code fallback} and {@code withoutIt} defines the effect of an absent
 * key.
 */
public final class Key<T> {
  private final String name;
  private final Kind<T> kind;
  private final boolean required;
  private final @Nullable T fallback;
  private final String withoutIt;
  private final String description;

  private Key(
      String name,
      Kind<T> kind,
      boolean required,
      @Nullable T fallback,
      String withoutIt,
      String description) {
    this.name = name;
    this.kind = kind;
    this.required = required;
    this.fallback = fallback;
    this.withoutIt = withoutIt;
    this.description = description;
  }

  public static <T> Key<T> required(String name, Kind<T> kind, String description) {
    return new Key<>(name, kind, true, null, "", description);
  }

  public static <T> Key<T> optional(String name, Kind<T> kind, T fallback, String description) {
    return new Key<>(name, kind, false, fallback, kind.spell(fallback), description);
  }

  /** As above, for a default whose description differs from its spelling. */
  public static <T> Key<T> optional(
      String name, Kind<T> kind, T fallback, String fallbackText, String description) {
    return new Key<>(name, kind, false, fallback, fallbackText, description);
  }

  /** A section in which every key has a default. */
  public static <T> Key<T> section(String name, Shape<T> shape, String description) {
    return new Key<>(name, shape, false, shape.ofNothing(), "", description);
  }

  /**
   * A key that may be absent; {@code withoutIt} describes the effect. Read it with {@link
   * Section#find}.
   */
  public static <T> Key<T> absent(String name, Kind<T> kind, String withoutIt, String description) {
    return new Key<>(name, kind, false, null, withoutIt, description);
  }

  public String name() {
    return name;
  }

  public Kind<T> kind() {
    return kind;
  }

  public boolean isRequired() {
    return required;
  }

  @Nullable T fallback() {
    return fallback;
  }

  /** The default as an operator would write it; empty for required keys and for sections. */
  public String withoutIt() {
    return withoutIt;
  }

  public String description() {
    return description;
  }
}
