package io.terminator.load.generator;

import java.time.Duration;

/** The end of a load: no new exchange begins after this number or this time, whichever is first. */
public record Limit(long exchanges, Duration time) {
  private static final Duration LONG = Duration.ofMinutes(9);

  public static Limit of(long exchanges) {
    return new Limit(exchanges, LONG);
  }

  public static Limit of(Duration time) {
    return new Limit(Long.MAX_VALUE, time);
  }
}
