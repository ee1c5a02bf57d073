package io.terminator.core.observe;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Collection;

/**
 * A histogram of durations whose buckets suit both a loopback connect and a slow client. One worker
 * records, any thread reads.
 */
public final class Histogram {
  private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);
  private static final long[] BOUNDS_NANOS = {
    100_000L,
    250_000L,
    500_000L,
    1_000_000L,
    2_500_000L,
    5_000_000L,
    10_000_000L,
    25_000_000L,
    50_000_000L,
    100_000_000L,
    250_000_000L,
    1_000_000_000L,
    5_000_000_000L,
    30_000_000_000L
  };

  /** A cell for each bucket, one for larger values, then the sum. */
  private final long[] cells = new long[BOUNDS_NANOS.length + 2];

  /** The upper bounds of the buckets, ascending; the last bucket is unbounded. */
  public static long[] boundsNanos() {
    return BOUNDS_NANOS.clone();
  }

  /** Worker thread only. */
  public void record(long nanos) {
    int bucket = 0;
    while (bucket < BOUNDS_NANOS.length && nanos > BOUNDS_NANOS[bucket]) {
      bucket++;
    }
    add(bucket, 1);
    add(BOUNDS_NANOS.length + 1, nanos);
  }

  /** The sum of the snapshots of several histograms. Any thread. */
  public static long[] sum(Collection<Histogram> all) {
    long[] sums = new long[BOUNDS_NANOS.length + 2];
    for (Histogram one : all) {
      long[] snapshot = one.snapshot();
      for (int i = 0; i < sums.length; i++) {
        sums[i] += snapshot[i];
      }
    }
    return sums;
  }

  /**
   * The count of each bucket, the unbounded one last, followed by the sum of all durations in
   * nanoseconds. Any thread.
   */
  public long[] snapshot() {
    long[] copy = new long[cells.length];
    for (int i = 0; i < copy.length; i++) {
      copy[i] = (long) CELL.getOpaque(cells, i);
    }
    return copy;
  }

  private void add(int cell, long amount) {
    CELL.setOpaque(cells, cell, cells[cell] + amount);
  }
}
