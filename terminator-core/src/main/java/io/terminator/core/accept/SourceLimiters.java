package io.terminator.core.accept;

import java.net.InetAddress;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The limiters of a listener's sources, in fixed memory. A source without open connections and with
 * a full bucket makes room for another. Two workers that see a source for the first time
 * simultaneously may each admit one connection. A source is not limited if all places of its set
 * are taken by busy sources. Lock-free, any worker.
 */
final class SourceLimiters {
  private static final int WAYS = 8;
  private static final int SETS = 8 * 1024;

  private final AtomicReferenceArray<@Nullable Source> table =
      new AtomicReferenceArray<>(SETS * WAYS);
  // The random seed prevents clients from choosing addresses that collide in one set.
  private final long seed = new SplittableRandom().nextLong() | 1;

  private record Source(long high, long low, ConnectionLimiter limiter) {}

  /**
   * Returns the source's limiter with one more open connection, or null if the table has no room
   * for it.
   */
  @Nullable Opening open(
      InetAddress address, AdmissionConfig.SourcePrefix prefix, int most, long now) {
    long high = 0;
    long low;
    byte[] bytes = address.getAddress();
    if (bytes.length == 4 || isMapped(bytes)) {
      int shift = 32 - prefix.ipv4();
      low = 0xffff_0000_0000L | (word(bytes, bytes.length - 4, 4) >>> shift << shift);
    } else {
      high = masked(word(bytes, 0, 8), prefix.ipv6());
      low = masked(word(bytes, 8, 8), prefix.ipv6() - 64);
    }
    for (; ; ) {
      ConnectionLimiter limiter = find(high, low, now);
      if (limiter == null) {
        return null;
      }
      ConnectionLimiter.Outcome outcome = limiter.open(most);
      if (outcome != ConnectionLimiter.Outcome.RETIRED) {
        return new Opening(limiter, outcome == ConnectionLimiter.Outcome.OPENED);
      }
    }
  }

  record Opening(ConnectionLimiter limiter, boolean opened) {}

  private @Nullable ConnectionLimiter find(long high, long low, long now) {
    int first = set(high, low) * WAYS;
    for (int i = first; i < first + WAYS; i++) {
      Source there = table.get(i);
      if (there != null && there.high == high && there.low == low && !there.limiter.isRetired()) {
        return there.limiter;
      }
    }
    Source fresh = new Source(high, low, new ConnectionLimiter(now));
    for (int i = first; i < first + WAYS; i++) {
      Source there = table.get(i);
      if ((there == null || there.limiter.isRetired() || there.limiter.retire(now))
          && table.compareAndSet(i, there, fresh)) {
        return fresh.limiter;
      }
    }
    return null;
  }

  private int set(long high, long low) {
    long mixed = (high ^ seed) * 0x9e3779b97f4a7c15L;
    mixed = (mixed ^ (mixed >>> 32) ^ low) * seed;
    mixed = (mixed ^ (mixed >>> 29)) * 0xbf58476d1ce4e5b9L;
    return (int) (mixed >>> 40) & (SETS - 1);
  }

  private static long masked(long word, int bits) {
    return bits <= 0 ? 0 : bits >= 64 ? word : word & (-1L << (64 - bits));
  }

  private static long word(byte[] bytes, int from, int length) {
    long word = 0;
    for (int i = from; i < from + length; i++) {
      word = word << 8 | (bytes[i] & 0xff);
    }
    return word;
  }

  private static boolean isMapped(byte[] bytes) {
    return word(bytes, 0, 8) == 0 && word(bytes, 8, 4) == 0xffff;
  }
}
