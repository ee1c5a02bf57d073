package io.terminator.core.http.route;

import io.terminator.core.http.message.Head;
import io.terminator.core.http.route.HttpRouteConfig.RateLimit;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.security.SecureRandom;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/**
 * The token buckets of one route, one for each client or for each value of a header field, over all
 * workers. A bucket is one number: the time at which it will be full again (GCRA). Memory is fixed,
 * whatever the number of clients: a key has a place in each of two tables, and is refused only if
 * both are empty, so that two keys that share a place do not limit each other. Any thread; takes no
 * lock and allocates nothing.
 */
final class RequestRate {
  private static final int PLACES = 1 << 15;

  private final AtomicLongArray one = new AtomicLongArray(PLACES);
  private final AtomicLongArray other = new AtomicLongArray(PLACES);
  private final @Nullable String field;
  private final long interval;
  private final long tolerance;
  private final long salt = new SecureRandom().nextLong();
  private final long origin;

  /** {@code nowNanos} is the time as {@link #take} counts it. */
  RequestRate(RateLimit limit, long nowNanos) {
    this.field = limit.field();
    this.interval = Math.max(1, limit.per().toNanos() / limit.requests());
    this.tolerance = interval * (limit.burst() - 1);
    this.origin = nowNanos;
  }

  /**
   * Takes a token. Zero if there was one; otherwise the nanoseconds until there is one again.
   * Requests without the header field are counted by client.
   */
  long take(Head request, SocketAddress client, long nowNanos) {
    long key = key(request, client);
    int first = (int) key & (PLACES - 1);
    int second = (int) (key >>> 32) & (PLACES - 1);
    // Zero means that a bucket is full, so the clock starts above it.
    long now = nowNanos - origin + 1;
    long wait = Math.min(waitOf(one, first, now), waitOf(other, second, now));
    if (wait == 0) {
      consume(one, first, now);
      consume(other, second, now);
    }
    return wait;
  }

  private long waitOf(AtomicLongArray table, int place, long now) {
    return Math.max(0, table.get(place) - tolerance - now);
  }

  /** At most until the bucket is empty: the key that shares the place may have emptied it. */
  private void consume(AtomicLongArray table, int place, long now) {
    long before;
    long after;
    do {
      before = table.get(place);
      after = Math.min(Math.max(before, now) + interval, now + tolerance + interval);
    } while (!table.compareAndSet(place, before, after));
  }

  private long key(Head request, SocketAddress client) {
    int found = field == null ? -1 : request.first(field);
    long hash = salt;
    if (found >= 0) {
      byte[] text = request.text();
      for (int i = request.valueFrom(found); i < request.valueTo(found); i++) {
        hash = (hash ^ (text[i] & 0xff)) * 0x100000001b3L;
      }
      return mixed(hash ^ salt);
    }
    InetAddress address = client instanceof InetSocketAddress inet ? inet.getAddress() : null;
    if (address != null) {
      byte[] bytes = address.getAddress();
      // A customer of a provider has at least the last half of an IPv6 address to choose from.
      int length = address instanceof Inet6Address ? 8 : bytes.length;
      for (int i = 0; i < length; i++) {
        hash = (hash ^ (bytes[i] & 0xff)) * 0x100000001b3L;
      }
    }
    return mixed(hash);
  }

  /** Spreads every input bit over the whole output (the finalizer of SplitMix64). */
  private static long mixed(long bits) {
    long z = (bits ^ bits >>> 30) * 0xbf58476d1ce4e5b9L;
    z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
    return z ^ z >>> 31;
  }
}
