package io.terminator.core.connect;

import java.time.Duration;

/**
 * Connections to a server that stay open between requests: at most {@code perServer} idle ones on
 * each worker, each for at most {@code idle}. Zero connections: a new one for each request.
 */
public record KeptConfig(int perServer, Duration idle) {
  public static final KeptConfig DEFAULT = new KeptConfig(256, Duration.ofSeconds(30));
}
