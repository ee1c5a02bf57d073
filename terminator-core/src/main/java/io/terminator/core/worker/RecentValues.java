package io.terminator.core.worker;

import org.jspecify.annotations.Nullable;

/**
 * Values that connections have in common, such as a local address or the name of a cipher suite:
 * connections share one object instead of keeping a copy each. Bounded; values replace each other.
 * Worker thread only.
 */
final class RecentValues {
  private static final int SLOTS = 256;

  private final @Nullable Object[] recent = new @Nullable Object[SLOTS];

  /** An object equal to {@code value}, which is immutable. */
  <T> T shared(T value) {
    int hash = value.hashCode();
    int slot = (hash ^ hash >>> 16) & (SLOTS - 1);
    Object known = recent[slot];
    if (known != null && known.getClass() == value.getClass() && known.equals(value)) {
      @SuppressWarnings("unchecked") // of the same class
      T same = (T) known;
      return same;
    }
    recent[slot] = value;
    return value;
  }
}
