package io.terminator.tls.certificate.source;

import java.time.Duration;

/**
 * Timing of the watcher. {@code quiet} is the time without events before a change is read, {@code
 * poll} the interval of full scans, and {@code grace} the time after which a missing file counts as
 * removed.
 */
public record WatchSettings(Duration quiet, Duration poll, Duration grace) {
  public static final WatchSettings DEFAULT =
      new WatchSettings(Duration.ofMillis(200), Duration.ofSeconds(30), Duration.ofSeconds(5));
}
