package io.terminator.core.relay;

import io.terminator.core.setting.DataSize;
import java.time.Duration;

/** Limits on the bytes that wait in one direction, on time and on rates. */
public record RelayConfig(
    Watermarks watermarks, Truncation truncation, Deadlines deadlines, ByteRates rates) {
  public static final RelayConfig DEFAULT =
      new RelayConfig(Watermarks.DEFAULT, Truncation.RESET, Deadlines.DEFAULT, ByteRates.UNLIMITED);

  /** Reading stops at {@code high} outbound bytes and resumes at {@code low}. */
  public record Watermarks(DataSize high, DataSize low) {
    public static final Watermarks DEFAULT =
        new Watermarks(DataSize.ofKiB(256), DataSize.ofKiB(64));
  }

  /**
   * {@code lifetime} zero means no limit; otherwise each connection's lifetime is up to {@code
   * lifetimeJitterPercent} shorter.
   */
  public record Deadlines(
      Duration idle, Duration halfClose, Duration lifetime, int lifetimeJitterPercent) {
    public static final Deadlines DEFAULT =
        new Deadlines(Duration.ofMinutes(10), Duration.ofSeconds(30), Duration.ZERO, 10);
  }

  /**
   * Plaintext bytes per second of one connection from the client and to it; zero means no limit.
   */
  public record ByteRates(DataSize in, DataSize out) {
    public static final ByteRates UNLIMITED = new ByteRates(new DataSize(0), new DataSize(0));
  }

  /** How a client's FIN without close_notify is passed to the backend. */
  public enum Truncation {
    RESET,
    END
  }
}
