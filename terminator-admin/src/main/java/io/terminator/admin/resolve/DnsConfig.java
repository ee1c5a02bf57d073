package io.terminator.admin.resolve;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;

/**
 * The DNS servers and the intervals of queries. An empty {@code servers} means those of the system.
 * Names are resolved again when the time to live of an answer ends, bounded by {@code least} and
 * {@code most}.
 */
public record DnsConfig(
    List<InetSocketAddress> servers, Duration timeout, Duration least, Duration most) {
  public static final DnsConfig DEFAULT =
      new DnsConfig(List.of(), Duration.ofSeconds(2), Duration.ofSeconds(1), Duration.ofMinutes(5));

  public DnsConfig {
    servers = List.copyOf(servers);
  }
}
