package io.terminator.admin.http;

import io.terminator.core.setting.Endpoint;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Where the admin API listens and which file holds its token; without a token file only loopback clients can exist. */
public record AdminConfig(Endpoint.Inet bind, @Nullable Path tokenFile) {
  public static final AdminConfig DEFAULT =
      new AdminConfig(new Endpoint.Inet("127.0.0.1", 9443), null);
}
