package io.terminator.core.connect;

import io.terminator.core.chain.ProxyProtocol;
import io.terminator.core.chain.ProxyTlvConfig;
import io.terminator.core.chain.TcpConfig;
import java.time.Duration;

/**
 * {@code timeout} limits one attempt; {@code attempts} is the number of servers tried, including
 * the first; {@code proxyTlvs} applies only to PROXY headers of version 2.
 */
public record ConnectConfig(
    Duration timeout,
    int attempts,
    ProxyProtocol proxyProtocol,
    ProxyTlvConfig proxyTlvs,
    TcpConfig tcp,
    QueueConfig queue) {
  public static final ConnectConfig DEFAULT =
      new ConnectConfig(Duration.ofSeconds(3), 3, ProxyProtocol.OFF);

  public ConnectConfig(Duration timeout, int attempts, ProxyProtocol proxyProtocol) {
    this(
        timeout,
        attempts,
        proxyProtocol,
        ProxyTlvConfig.DEFAULT,
        TcpConfig.DEFAULT,
        QueueConfig.DEFAULT);
  }

  public ConnectConfig with(
      ProxyProtocol protocol, ProxyTlvConfig tlvs, TcpConfig options, QueueConfig waiting) {
    return new ConnectConfig(timeout, attempts, protocol, tlvs, options, waiting);
  }
}
