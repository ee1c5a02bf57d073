package io.terminator.load.generator;

/**
 * Durations in buckets with a width of 1.6 %, so that a percentile needs no list. One thread at a
 * time.
 */
public final class Latencies {
  private static final int SUB_BITS = 6;
  private static final int SUB = 1 << SUB_BITS;

  private final long[] counts = new long[(Long.SIZE - SUB_BITS) * SUB];
  private long total;
  private long largest;

  public void record(long nanos) {
    long value = Math.max(0, nanos);
    counts[bucket(value)]++;
    total++;
    largest = Math.max(largest, value);
  }

  public long count() {
    return total;
  }

  /** The largest value seen. */
  public long max() {
    return largest;
  }

  /**
   * The value that a share of {@code share} (0 to 1) of all durations does not exceed; 0 if there
   * are none.
   */
  public long percentile(double share) {
    long wanted = Math.max(1, (long) Math.ceil(total * share));
    long seen = 0;
    for (int i = 0; i < counts.length; i++) {
      seen += counts[i];
      if (seen >= wanted) {
        return Math.min(upperBound(i), largest);
      }
    }
    return 0;
  }

  private static int bucket(long value) {
    int shift = Math.max(0, Long.SIZE - Long.numberOfLeadingZeros(value) - SUB_BITS - 1);
    return shift * SUB + (int) (value >>> shift);
  }

  private static long upperBound(int bucket) {
    if (bucket < 2 * SUB) {
      return bucket;
    }
    int shift = bucket / SUB - 1;
    long sub = bucket - (long) shift * SUB;
    return ((sub + 1) << shift) - 1;
  }
}
