package io.terminator.admin.plain;

import io.terminator.core.setting.DataSize;
import io.terminator.core.setting.Endpoint;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Where plain HTTP is served. Clients are redirected to {@code httpsPort}; {@code challenges}
 * contains ACME tokens, null disables ACME; with {@code shared} another process may also listen on
 * the address.
 */
public record PlainHttpConfig(
    Endpoint.Inet bind, boolean shared, int httpsPort, @Nullable Path challenges, Limits limits) {
  public static final int HTTPS = 443;

  /**
   * Limits for clients: {@code headers} of a request including its first line, and {@code request},
   * the time for a request to arrive, for its response to be read, and for the next request to
   * follow.
   */
  public record Limits(int connections, DataSize headers, Duration request) {
    public static final Limits DEFAULT =
        new Limits(1000, DataSize.ofKiB(8), Duration.ofSeconds(10));
  }
}
