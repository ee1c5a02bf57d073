package io.terminator.core.worker;

import java.time.Duration;

/**
 * When a worker counts as overloaded: its clock ticks {@code loopLag} late (zero: disabled), or
 * {@code frames} percent of its frames are in use (0: disabled). Full handshakes then wait for up
 * to {@code patience}.
 */
public record OverloadConfig(Duration loopLag, int frames, Duration patience) {
  public static final OverloadConfig DEFAULT =
      new OverloadConfig(Duration.ofMillis(500), 0, Duration.ofSeconds(3));
}
