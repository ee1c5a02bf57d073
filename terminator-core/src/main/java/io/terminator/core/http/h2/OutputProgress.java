package io.terminator.core.http.h2;

/**
 * Detects a peer that takes none of the bytes that wait for it. It is asked in intervals, and its
 * time begins when it first sees bytes wait. Times are ticks. Worker thread only.
 */
final class OutputProgress {
  private long since;
  private long before;

  /** Bytes have left. */
  void onProgress(long now) {
    since = now;
  }

  /** Whether bytes have waited for {@code limit} ticks, none of which has left. */
  boolean isStalled(long now, long waiting, long limit) {
    if (before == 0 || waiting < before) {
      since = now;
    }
    before = waiting;
    return waiting > 0 && now - since >= limit;
  }
}
