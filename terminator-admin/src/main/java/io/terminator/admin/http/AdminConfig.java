package io.terminator.admin.http;

import io.terminator.core.setting.Endpoint;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where the admin API listens and how callers authenticate. Without a token file every client that
 * can connect has access; the configuration reader allows this on loopback, on a unix socket, and
 * where client certificates are required.
 */
public record AdminConfig(
    Endpoint bind,
    @Nullable Path tokenFile,
    @Nullable Path readOnlyTokenFile,
    @Nullable AdminTlsConfig tls,
    AdminLimits limits) {
  public static final AdminConfig DEFAULT =
      new AdminConfig(new Endpoint.Inet("127.0.0.1", 9443), null, null, null, AdminLimits.DEFAULT);
}
