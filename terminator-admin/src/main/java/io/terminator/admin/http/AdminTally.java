package io.terminator.admin.http;

import java.util.Locale;
import java.util.concurrent.atomic.AtomicLongArray;

/** What came of what was asked of the admin API, counted. Any thread. */
public final class AdminTally {
  private final AtomicLongArray counts = new AtomicLongArray(Result.values().length);

  /** The label is the name in lower case. */
  public enum Result {
    DONE,
    /** Answered with what is wrong with it. */
    PROBLEM,
    /** By somebody without the right to it, or who did not come as far as a request. */
    REFUSED,
    /** It did not arrive in time. */
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

  void countStatus(int status) {
    count(
        switch (status) {
          case 401, 403 -> Result.REFUSED;
          case 408 -> Result.LATE;
          default -> status < 400 ? Result.DONE : Result.PROBLEM;
        });
  }
}
