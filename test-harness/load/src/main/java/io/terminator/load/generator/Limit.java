package io.terminator.load.generator;

import java.time.Duration;

/**
 * When a load stops beginning new exchanges: after so many or after so long, whichever is first.
 */
public record Limit(long exchanges, Duration time) {
  private static final Duration LONG = Duration.ofMinutes(9);

  public static Limit of(long exchanges) {
    return new Limit(exchanges, LONG);
  }

  public static Limit of(Duration time) {
    return new Limit(Long.MAX_VALUE, time);
  }
}
