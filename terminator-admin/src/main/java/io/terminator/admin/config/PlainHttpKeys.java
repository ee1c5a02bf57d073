package io.terminator.admin.config;

import io.terminator.admin.config.format.Key;
import io.terminator.admin.config.format.Kinds;
import io.terminator.admin.config.format.Paths;
import io.terminator.admin.config.format.Section;
import io.terminator.admin.config.format.Shape;
import io.terminator.admin.plain.PlainHttpConfig;
import io.terminator.admin.plain.PlainHttpConfig.Limits;
import io.terminator.core.setting.DataSize;
import io.terminator.core.setting.Endpoint;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** {@code http}. */
final class PlainHttpKeys {
  private static final Key<Endpoint.Inet> BIND =
      Key.required(
          "bind",
          Kinds.inetBind(),
          "Listening address for plain HTTP; :80 is every address of the machine.");

  private static final Key<Boolean> SHARED =
      Key.optional(
          "shared",
          Kinds.flag(),
          false,
          "Whether another process may listen on the same address, so that a new version"
              + " can take over.");

  private static final Key<Integer> HTTPS_PORT =
      Key.optional(
          "https-port",
          Kinds.whole(1, 65535),
          PlainHttpConfig.HTTPS,
          "Port in redirects, as clients reach it from outside.");

  private static final Key<Path> CHALLENGES =
      Key.absent(
          "challenges",
          Paths.directory(),
          "challenge requests are redirected like all others",
          "Directory of ACME HTTP-01 challenge files, each named after its token; served"
              + " at /.well-known/acme-challenge/TOKEN.");

  private static final Key<Integer> CONNECTIONS =
      Key.optional(
          "connections",
          Kinds.whole(1, 100_000),
          Limits.DEFAULT.connections(),
          "Maximum number of open connections; further ones are closed at once.");

  private static final Key<DataSize> HEADERS =
      Key.optional(
          "headers",
          Kinds.size("1KiB", "64KiB"),
          Limits.DEFAULT.headers(),
          "Maximum size of all headers of a request.");

  private static final Key<Duration> REQUEST =
      Key.optional(
          "request",
          Kinds.duration("100ms", "1h"),
          Limits.DEFAULT.request(),
          "Time limit for receiving a complete request, for sending the response, and for"
              + " the next request on the same connection.");

  private static final Shape<Limits> LIMITS_SHAPE =
      new Shape<>(
          "Resource limits of plain HTTP.",
          List.of(CONNECTIONS, HEADERS, REQUEST),
          section ->
              new Limits(section.get(CONNECTIONS), section.get(HEADERS), section.get(REQUEST)));

  private static final Key<Limits> LIMITS =
      Key.section("limits", LIMITS_SHAPE, "Resource limits of plain HTTP.");

  static final Shape<PlainHttpConfig> SHAPE =
      new Shape<>(
          "Plain HTTP: redirects to HTTPS and serves ACME HTTP-01 challenges.",
          List.of(BIND, SHARED, HTTPS_PORT, CHALLENGES, LIMITS),
          PlainHttpKeys::map);

  private PlainHttpKeys() {}

  private static PlainHttpConfig map(Section section) {
    Endpoint.Inet bind = section.get(BIND);
    Addresses.declare(section, bind, BIND);
    return new PlainHttpConfig(
        bind,
        section.get(SHARED),
        section.get(HTTPS_PORT),
        section.find(CHALLENGES),
        section.get(LIMITS));
  }
}
