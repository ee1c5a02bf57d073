package io.terminator.core.handshake;

import java.time.Duration;

/**
 * Deadlines from the start of the phase; received bytes do not extend them. {@code clientHello} is
 * part of {@code handshake}.
 */
public record HandshakeConfig(Duration clientHello, Duration handshake) {
  public static final HandshakeConfig DEFAULT =
      new HandshakeConfig(Duration.ofSeconds(5), Duration.ofSeconds(10));
}
