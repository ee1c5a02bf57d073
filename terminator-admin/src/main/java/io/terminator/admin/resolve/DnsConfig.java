package io.terminator.admin.resolve;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;

/**
 * Who is asked for addresses, and how often. No {@code servers} means those of the system. Answers are asked for again when
 * their time to live is over, within {@code least} and {@code most}.
 */
public record DnsConfig(
    List<InetSocketAddress> servers, Duration timeout, Duration least, Duration most) {
  public static final DnsConfig DEFAULT =
      new DnsConfig(List.of(), Duration.ofSeconds(2), Duration.ofSeconds(1), Duration.ofMinutes(5));

  public DnsConfig {
    servers = List.copyOf(servers);
  }
}
