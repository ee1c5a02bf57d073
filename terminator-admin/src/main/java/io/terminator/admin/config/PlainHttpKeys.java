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
          "Address that plain HTTP is answered on; :80 is every address of the machine.");

  private static final Key<Boolean> SHARED =
      Key.optional(
          "shared",
          Kinds.flag(),
          false,
          "Another process may listen there too: for a new one that takes over from this one.");

  private static final Key<Integer> HTTPS_PORT =
      Key.optional(
          "https-port",
          Kinds.whole(1, 65535),
          PlainHttpConfig.HTTPS,
          "Port that clients are sent on to, as they reach it from outside.");

  private static final Key<Path> CHALLENGES =
      Key.absent(
          "challenges",
          Paths.directory(),
          "challenges are redirected like everything else",
          "A directory with the files that an ACME client puts there for HTTP-01, each named by its"
              + " token: they are answered at /.well-known/acme-challenge/TOKEN.");

  private static final Key<Integer> CONNECTIONS =
      Key.optional(
          "connections",
          Kinds.whole(1, 100_000),
          Limits.DEFAULT.connections(),
          "Open connections; more are closed at once.");

  private static final Key<DataSize> HEADERS =
      Key.optional(
          "headers",
          Kinds.size("1KiB", "64KiB"),
          Limits.DEFAULT.headers(),
          "All headers of a request.");

  private static final Key<Duration> REQUEST =
      Key.optional(
          "request",
          Kinds.duration("100ms", "1h"),
          Limits.DEFAULT.request(),
          "In this time a request has to arrive whole, its answer has to be taken, and the next"
              + " request of the connection has to follow.");

  private static final Shape<Limits> LIMITS_SHAPE =
      new Shape<>(
          "What clients of plain HTTP can take.",
          List.of(CONNECTIONS, HEADERS, REQUEST),
          section ->
              new Limits(section.get(CONNECTIONS), section.get(HEADERS), section.get(REQUEST)));

  private static final Key<Limits> LIMITS =
      Key.section("limits", LIMITS_SHAPE, "What clients of plain HTTP can take.");

  static final Shape<PlainHttpConfig> SHAPE =
      new Shape<>(
          "Answers plain HTTP: sends browsers on to HTTPS, and shows ACME's challenges.",
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
