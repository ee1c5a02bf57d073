package io.terminator.core.trace;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Collects the attributes of a {@link Span}. One thread. */
public final class SpanAttributes {
  private static final int LONGEST = 1024;

  private final List<Object> all = new ArrayList<>(48);

  /** Shortens long text, which may come from a client; leaves out null and empty text. */
  public SpanAttributes text(String name, @Nullable String value) {
    if (value != null && !value.isEmpty()) {
      all.add(name);
      all.add(value.length() > LONGEST ? value.substring(0, LONGEST) : value);
    }
    return this;
  }

  public SpanAttributes number(String name, long value) {
    all.add(name);
    all.add(value);
    return this;
  }

  public SpanAttributes flag(String name, boolean value) {
    all.add(name);
    all.add(value);
    return this;
  }

  public List<Object> all() {
    return all;
  }
}
