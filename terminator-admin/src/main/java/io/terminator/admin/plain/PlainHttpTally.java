package io.terminator.admin.plain;

import java.util.Locale;
import java.util.concurrent.atomic.AtomicLongArray;

/** What came of what was asked in plain HTTP, counted, for as long as the appliance lives. Any thread. */
public final class PlainHttpTally {
  private final AtomicLongArray counts = new AtomicLongArray(Result.values().length);

  /** The label is the name in lower case. */
  public enum Result {
    REDIRECT,
    CHALLENGE,
    /** A challenge that is not in the directory. */
    MISSING,
    /** No request that could be answered: a bad host, method, size or syntax. */
    BAD,
    /** It did not arrive, or its answer was not taken, in time. */
    LATE,
    /** A connection above the limit. */
    SURPLUS;

    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public long get(Result result) {
    return counts.get(result.ordinal());
  }

  void count(Result result) {
    counts.incrementAndGet(result.ordinal());
  }
}
