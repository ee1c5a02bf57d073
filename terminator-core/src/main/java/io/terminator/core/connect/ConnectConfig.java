package io.terminator.core.connect;

import io.terminator.core.chain.ProxyProtocol;
import io.terminator.core.chain.TcpConfig;
import java.time.Duration;

/**
 * {@code timeout} bounds one attempt; {@code attempts} counts servers tried, the first included; {@code passTlvs} says
 * that the TLVs of a received PROXY header of version 2 are copied into the one that is sent.
 */
public record ConnectConfig(
    Duration timeout,
    int attempts,
    ProxyProtocol proxyProtocol,
    boolean passTlvs,
    TcpConfig tcp,
    QueueConfig queue) {
  public static final ConnectConfig DEFAULT =
      new ConnectConfig(Duration.ofSeconds(3), 3, ProxyProtocol.OFF);

  public ConnectConfig(Duration timeout, int attempts, ProxyProtocol proxyProtocol) {
    this(timeout, attempts, proxyProtocol, false, TcpConfig.DEFAULT, QueueConfig.DEFAULT);
  }

  public ConnectConfig with(
      ProxyProtocol protocol, boolean tlvs, TcpConfig options, QueueConfig waiting) {
    return new ConnectConfig(timeout, attempts, protocol, tlvs, options, waiting);
  }
}
