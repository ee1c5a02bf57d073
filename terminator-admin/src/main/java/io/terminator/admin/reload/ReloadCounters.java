package io.terminator.admin.reload;

import io.terminator.admin.reload.ReloadOutcome.Result;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLongArray;

/** Counts reloads by result and records the last success. Any thread. */
public final class ReloadCounters {
  private final AtomicLongArray counts = new AtomicLongArray(Result.values().length);
  private volatile boolean lastWorked = true;
  private volatile Instant lastSuccess = Instant.now();

  public void count(Result result) {
    counts.incrementAndGet(result.ordinal());
    boolean worked = result != Result.REFUSED;
    if (worked) {
      lastSuccess = Instant.now();
    }
    lastWorked = worked;
  }

  public long get(Result result) {
    return counts.get(result.ordinal());
  }

  /** True before the first reload. */
  public boolean lastWorked() {
    return lastWorked;
  }

  /** The time of the last reload that was not refused, or of the start. */
  public Instant lastSuccess() {
    return lastSuccess;
  }
}
