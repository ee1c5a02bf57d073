package io.terminator.core.accept;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Limits the open connections (a counter) and the new ones per second (a token bucket) of one listener or one source, over all
 * workers and without a lock.
 */
final class ConnectionLimiter {
  private static final long NANOS = 1_000_000_000L;
  private static final int RETIRED = -1;

  private final AtomicInteger open = new AtomicInteger();
  // When the token bucket is full again; only its difference to System.nanoTime() has a meaning.
  private final AtomicLong fullAt;

  ConnectionLimiter(long now) {
    fullAt = new AtomicLong(now);
  }

  /** What came of {@link #open}. */
  enum Outcome {
    OPENED,
    REFUSED,
    /** Removed from the table: the caller needs a new one. */
    RETIRED
  }

  /** One more connection, if there are fewer than {@code most}; 0 is no limit. */
  Outcome open(int most) {
    for (; ; ) {
      int now = open.get();
      if (now == RETIRED) {
        return Outcome.RETIRED;
      }
      if (most > 0 && now >= most) {
        return Outcome.REFUSED;
      }
      if (open.compareAndSet(now, now + 1)) {
        return Outcome.OPENED;
      }
    }
  }

  void close() {
    open.decrementAndGet();
  }

  int taken() {
    return open.get();
  }

  boolean isRetired() {
    return open.get() == RETIRED;
  }

  /** Takes one of {@code rate} tokens per second; the bucket holds one second's worth. 0 is no limit. */
  boolean take(int rate, long now) {
    return take(rate, 1, now);
  }

  /** As above, and down to {@code seconds - 1} seconds' worth may be owed. */
  boolean take(int rate, int seconds, long now) {
    if (rate == 0) {
      return true;
    }
    long price = NANOS / rate;
    for (; ; ) {
      long before = fullAt.get();
      long after = (before - now > 0 ? before : now) + price;
      // What the division cut off must not cost the last token.
      if (after - now > price * rate * seconds) {
        return false;
      }
      if (fullAt.compareAndSet(before, after)) {
        return true;
      }
    }
  }

  /** One that was taken was not needed. */
  void giveBack(int rate) {
    if (rate > 0) {
      fullAt.addAndGet(-NANOS / rate);
    }
  }

  /** True when nothing is open and the bucket is full: from then on it opens nothing and can be replaced. */
  boolean retire(long now) {
    return fullAt.get() - now <= 0 && open.compareAndSet(0, RETIRED);
  }
}
