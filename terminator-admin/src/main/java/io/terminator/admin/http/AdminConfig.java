package io.terminator.admin.http;

import io.terminator.core.setting.Endpoint;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where the admin API listens and who gets in. Without a token file everybody does who can connect, which the reader of the
 * configuration allows on loopback, on a unix socket, and where client certificates are required.
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
