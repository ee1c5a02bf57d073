package io.terminator.admin.config;

import io.terminator.admin.config.format.Key;
import io.terminator.admin.config.format.Kind;
import io.terminator.admin.config.format.Kinds;
import io.terminator.admin.config.format.Shape;
import io.terminator.core.connect.BackendConfig;
import io.terminator.core.connect.ConnectConfig;
import io.terminator.core.setting.Endpoint;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;

/** {@code backends.<name>}. The name stands before the map, so the shape yields all but that. */
final class BackendKeys {
  private static final Key<Endpoint> ADDRESS =
      Key.required("address", Kinds.target(), "Where the server listens.");

  private static final Shape<Endpoint> SERVER_SHAPE =
      new Shape<>("One server.", List.of(ADDRESS), section -> section.get(ADDRESS));

  private static final Kind<Endpoint> SERVER_KIND =
      Kinds.either(Kinds.target(), null, SERVER_SHAPE, Endpoint::toString);

  private static final Key<List<Endpoint>> SERVERS =
      Key.required(
          "servers",
          Kinds.list(SERVER_KIND, 1),
          "Each an address, or a map when there is more to say.");

  private static final Key<Duration> TIMEOUT =
      Key.optional(
          "timeout",
          Kinds.duration("10ms", "10m"),
          ConnectConfig.DEFAULT.timeout(),
          "For one attempt to connect.");

  private static final Key<Integer> ATTEMPTS =
      Key.optional(
          "attempts",
          Kinds.whole(1, 100),
          ConnectConfig.DEFAULT.attempts(),
          "Servers that are tried for one connection, the first included.");

  private static final Shape<ConnectConfig> CONNECT_SHAPE =
      new Shape<>(
          "How a server is dialled.",
          List.of(TIMEOUT, ATTEMPTS),
          section -> new ConnectConfig(section.get(TIMEOUT), section.get(ATTEMPTS)));

  private static final Key<ConnectConfig> CONNECT =
      Key.section("connect", CONNECT_SHAPE, "How a server is dialled.");

  static final Shape<Function<String, BackendConfig>> SHAPE =
      new Shape<>(
          "Servers that are as good as each other.",
          List.of(SERVERS, CONNECT),
          section -> {
            List<Endpoint> servers = section.get(SERVERS);
            ConnectConfig connect = section.get(CONNECT);
            return name -> new BackendConfig(name, servers, connect);
          });

  private BackendKeys() {}
}
