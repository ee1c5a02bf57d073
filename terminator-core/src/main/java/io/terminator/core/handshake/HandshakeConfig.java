package io.terminator.core.handshake;

import java.time.Duration;

/** Deadlines from the start of the phase; bytes do not restart them. {@code clientHello} is within {@code handshake}. */
public record HandshakeConfig(Duration clientHello, Duration handshake) {
  public static final HandshakeConfig DEFAULT =
      new HandshakeConfig(Duration.ofSeconds(5), Duration.ofSeconds(10));
}
