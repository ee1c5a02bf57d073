package io.terminator.core.connection;

import java.time.Duration;

/**
 * On SIGTERM: not ready but still accepting for {@code acceptGrace}, then at most {@code window}
 * until every connection is closed.
 */
public record DrainConfig(Duration acceptGrace, Duration window) {
  public static final DrainConfig DEFAULT =
      new DrainConfig(Duration.ofSeconds(5), Duration.ofSeconds(60));
}
