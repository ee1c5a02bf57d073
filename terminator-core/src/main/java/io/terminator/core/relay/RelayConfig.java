package io.terminator.core.relay;

import io.terminator.core.setting.DataSize;
import java.time.Duration;

/**
 * Limits on the bytes that wait in one direction and on time. Reading stops at {@code highWater}
 * outbound bytes and resumes at {@code lowWater}. {@code lifetime} zero means no limit; otherwise
 * each connection's lifetime is up to {@code lifetimeJitter} percent shorter. {@code rateIn} and
 * {@code rateOut} are plaintext bytes per second of one connection; zero means no limit.
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

  /** No rate limit. */
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

  /** The same lifetime for all connections. */
  public RelayConfig(
      DataSize highWater,
      DataSize lowWater,
      Truncation truncation,
      Duration idle,
      Duration halfClose,
      Duration lifetime) {
    this(highWater, lowWater, truncation, idle, halfClose, lifetime, 0);
  }

  /** How a client's FIN without close_notify is passed to the backend. */
  public enum Truncation {
    RESET,
    END
  }
}
