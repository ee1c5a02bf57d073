package io.terminator.admin.resolve;

import io.netty.channel.EventLoop;
import io.netty.handler.codec.dns.DnsRecord;
import io.netty.resolver.dns.DnsCache;
import io.netty.resolver.dns.DnsCacheEntry;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A cache that stores no addresses, so that every query is sent, but records the times to live of
 * the answers.
 */
final class TimesToLive implements DnsCache {
  /** For names from the hosts file, which has no times to live. */
  private static final long OTHERWISE = 30;

  private final Map<String, Long> seconds = new ConcurrentHashMap<>();

  void forget(String host) {
    seconds.remove(key(host));
  }

  /** The shortest time to live of the addresses, within the bounds of {@code config}. */
  Duration of(String host, DnsConfig config) {
    Duration told = Duration.ofSeconds(seconds.getOrDefault(key(host), OTHERWISE));
    Duration most = told.compareTo(config.most()) > 0 ? config.most() : told;
    return most.compareTo(config.least()) < 0 ? config.least() : most;
  }

  static String key(String host) {
    String lower = host.toLowerCase(Locale.ROOT);
    return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
  }

  @Override
  public @Nullable DnsCacheEntry cache(
      String hostname,
      DnsRecord[] additionals,
      InetAddress address,
      long originalTtl,
      EventLoop loop) {
    // RFC 2181, section 8: a value with the most significant bit set is treated as zero.
    long told = originalTtl > Integer.MAX_VALUE ? 0 : originalTtl;
    seconds.merge(key(hostname), told, Math::min);
    return new Uncached(address);
  }

  @Override
  public @Nullable DnsCacheEntry cache(
      String hostname, DnsRecord[] additionals, Throwable cause, EventLoop loop) {
    return null;
  }

  @Override
  public List<? extends DnsCacheEntry> get(String hostname, DnsRecord[] additionals) {
    return List.of();
  }

  @Override
  public void clear() {
    seconds.clear();
  }

  @Override
  public boolean clear(String hostname) {
    return seconds.remove(key(hostname)) != null;
  }

  private record Uncached(InetAddress address) implements DnsCacheEntry {
    @Override
    public @Nullable Throwable cause() {
      return null;
    }
  }
}
