package io.terminator.admin.config;

import io.terminator.admin.config.format.Key;
import io.terminator.admin.config.format.Kinds;
import io.terminator.admin.config.format.Paths;
import io.terminator.admin.config.format.Section;
import io.terminator.admin.config.format.Shape;
import io.terminator.admin.http.AdminConfig;
import io.terminator.core.setting.Endpoint;
import java.nio.file.Path;
import java.util.List;

/** {@code admin}. */
final class AdminKeys {
  private static final Key<Endpoint.Inet> BIND =
      Key.optional(
          "bind",
          Kinds.inetBind(),
          AdminConfig.DEFAULT.bind(),
          "Address of the admin API, in plain HTTP. Anything but loopback needs a token-file.");

  private static final Key<Path> TOKEN_FILE =
      Key.absent(
          "token-file",
          Paths.secretFile(),
          "no token is asked for",
          "A file with the token that requests must carry.");

  static final Shape<AdminConfig> SHAPE =
      new Shape<>(
          "The admin API, its dashboard and metrics.", List.of(BIND, TOKEN_FILE), AdminKeys::map);

  private AdminKeys() {}

  private static AdminConfig map(Section section) {
    Endpoint.Inet bind = section.get(BIND);
    section.check(
        Addresses.isLoopback(bind) || section.find(TOKEN_FILE) != null,
        BIND,
        "a loopback address such as 127.0.0.1:9443, or a token-file",
        "without a token anybody who reaches it could replace certificates",
        TOKEN_FILE);
    Addresses.declare(section, bind, BIND);
    return new AdminConfig(bind, section.find(TOKEN_FILE));
  }
}
