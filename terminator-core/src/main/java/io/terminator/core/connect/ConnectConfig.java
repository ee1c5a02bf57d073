package io.terminator.core.connect;

import java.time.Duration;

/** {@code timeout} bounds one attempt; {@code attempts} counts servers tried, the first included. */
public record ConnectConfig(Duration timeout, int attempts) {
  public static final ConnectConfig DEFAULT = new ConnectConfig(Duration.ofSeconds(3), 3);
}
