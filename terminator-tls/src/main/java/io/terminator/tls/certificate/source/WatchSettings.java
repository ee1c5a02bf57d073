package io.terminator.tls.certificate.source;

import java.time.Duration;

/**
 * How files are watched: {@code quiet} is how long nothing may happen before a change is read,
 * {@code poll} how often everything is looked at whatever the system says, {@code grace} how long a
 * file may be missing before it is gone.
 */
public record WatchSettings(Duration quiet, Duration poll, Duration grace) {
  public static final WatchSettings DEFAULT =
      new WatchSettings(Duration.ofMillis(200), Duration.ofSeconds(30), Duration.ofSeconds(5));
}
