package io.terminator.core.connect;

import io.terminator.core.chain.ProxyProtocol;
import java.time.Duration;

/** {@code timeout} bounds one attempt; {@code attempts} counts servers tried, the first included. */
public record ConnectConfig(
    Duration timeout, int attempts, ProxyProtocol proxyProtocol, QueueConfig queue) {
  public static final ConnectConfig DEFAULT =
      new ConnectConfig(Duration.ofSeconds(3), 3, ProxyProtocol.OFF);

  public ConnectConfig(Duration timeout, int attempts, ProxyProtocol proxyProtocol) {
    this(timeout, attempts, proxyProtocol, QueueConfig.DEFAULT);
  }

  public ConnectConfig with(ProxyProtocol protocol, QueueConfig waiting) {
    return new ConnectConfig(timeout, attempts, protocol, waiting);
  }
}
