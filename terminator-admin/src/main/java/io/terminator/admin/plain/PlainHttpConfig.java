package io.terminator.admin.plain;

import io.terminator.core.setting.DataSize;
import io.terminator.core.setting.Endpoint;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Where plain HTTP is answered. Clients are sent on to {@code httpsPort}; {@code challenges} has ACME's tokens, null answers
 * none; with {@code shared} another process may listen on the address too.
 */
public record PlainHttpConfig(
    Endpoint.Inet bind, boolean shared, int httpsPort, @Nullable Path challenges, Limits limits) {
  public static final int HTTPS = 443;

  /**
   * What clients can take: {@code headers} of a request with its first line, and {@code request}, the time in which a request
   * has to arrive, its answer to be taken, and the next request to follow.
   */
  public record Limits(int connections, DataSize headers, Duration request) {
    public static final Limits DEFAULT =
        new Limits(1000, DataSize.ofKiB(8), Duration.ofSeconds(10));
  }
}
