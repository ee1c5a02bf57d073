package io.terminator.core.accept;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Limits the open connections (a counter) and the new connections per second (a token bucket) of
 * one listener or one source. Shared by all workers, lock-free.
 */
final class ConnectionLimiter {
  private static final long NANOS = 1_000_000_000L;
  private static final int RETIRED = -1;

  private final AtomicInteger open = new AtomicInteger();
  // The time at which the token bucket is full again. Only its difference to System.nanoTime() has
  // a meaning.
  private final AtomicLong fullAt;

  ConnectionLimiter(long now) {
    fullAt = new AtomicLong(now);
  }

  /** The result of {@link #open}. */
  enum Outcome {
    OPENED,
    REFUSED,
    /** The limiter was removed from the table; the caller needs a new one. */
    RETIRED
  }

  /** Counts one more open connection if there are fewer than {@code most}; 0 means no limit. */
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

  /**
   * Takes one of {@code rate} tokens per second. The bucket holds one second's worth; 0 means no
   * limit.
   */
  boolean take(int rate, long now) {
    return take(rate, 1, now);
  }

  /** As above, but the bucket may be overdrawn by {@code seconds - 1} seconds' worth. */
  boolean take(int rate, int seconds, long now) {
    if (rate == 0) {
      return true;
    }
    long price = NANOS / rate;
    for (; ; ) {
      long before = fullAt.get();
      long after = (before - now > 0 ? before : now) + price;
      // The remainder lost in the division must not cost the last token.
      if (after - now > price * rate * seconds) {
        return false;
      }
      if (fullAt.compareAndSet(before, after)) {
        return true;
      }
    }
  }

  /** Gives back a token that was not needed. */
  void giveBack(int rate) {
    if (rate > 0) {
      fullAt.addAndGet(-NANOS / rate);
    }
  }

  /**
   * True when no connection is open and the bucket is full. The limiter then opens no more
   * connections and can be replaced.
   */
  boolean retire(long now) {
    return fullAt.get() - now <= 0 && open.compareAndSet(0, RETIRED);
  }
}
