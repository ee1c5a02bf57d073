package io.terminator.core.relay;

import io.terminator.core.setting.DataSize;
import java.time.Duration;

/**
 * How much may wait in one direction and for how long. Reading stops at {@code highWater} outbound bytes and goes on at
 * {@code lowWater}; {@code lifetime} zero = no limit, otherwise each connection's own is up to {@code lifetimeJitter} percent shorter;
 * {@code rateIn} and {@code rateOut} are plaintext bytes a second of one connection, zero = as fast as it goes.
 */
public record RelayConfig(
    DataSize highWater,
    DataSize lowWater,
    Truncation truncation,
    Duration idle,
    Duration halfClose,
    Duration lifetime,
    int lifetimeJitter,
    DataSize rateIn,
    DataSize rateOut) {
  public static final RelayConfig DEFAULT =
      new RelayConfig(
          DataSize.ofKiB(256),
          DataSize.ofKiB(64),
          Truncation.RESET,
          Duration.ofMinutes(10),
          Duration.ofSeconds(30),
          Duration.ZERO,
          10,
          new DataSize(0),
          new DataSize(0));

  /** As fast as it goes. */
  public RelayConfig(
      DataSize highWater,
      DataSize lowWater,
      Truncation truncation,
      Duration idle,
      Duration halfClose,
      Duration lifetime,
      int lifetimeJitter) {
    this(
        highWater,
        lowWater,
        truncation,
        idle,
        halfClose,
        lifetime,
        lifetimeJitter,
        new DataSize(0),
        new DataSize(0));
  }

  /** The same lifetime for all. */
  public RelayConfig(
      DataSize highWater,
      DataSize lowWater,
      Truncation truncation,
      Duration idle,
      Duration halfClose,
      Duration lifetime) {
    this(highWater, lowWater, truncation, idle, halfClose, lifetime, 0);
  }

  /** What a client's FIN without close_notify becomes on the backend's side. */
  public enum Truncation {
    RESET,
    END
  }
}
