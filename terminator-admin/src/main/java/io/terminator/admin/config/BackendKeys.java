package io.terminator.admin.config;

import io.terminator.admin.config.format.Key;
import io.terminator.admin.config.format.Kind;
import io.terminator.admin.config.format.Kinds;
import io.terminator.admin.config.format.Shape;
import io.terminator.core.chain.ProxyProtocol;
import io.terminator.core.connect.BackendConfig;
import io.terminator.core.connect.ConnectConfig;
import io.terminator.core.route.Balance;
import io.terminator.core.route.ServerConfig;
import io.terminator.core.setting.Endpoint;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;

/** {@code backends.<name>}. The name stands before the map, so the shape yields all but that. */
final class BackendKeys {
  private static final Key<Endpoint> ADDRESS =
      Key.required("address", Kinds.target(), "Where the server listens.");

  private static final Key<Integer> WEIGHT =
      Key.optional(
          "weight",
          Kinds.whole(1, 1000),
          ServerConfig.DEFAULT_WEIGHT,
          "Its share of the clients, compared to the other servers.");

  private static final Key<Boolean> BACKUP =
      Key.optional(
          "backup",
          Kinds.flag(),
          false,
          "Gets clients only while no other server accepts connections.");

  private static final Shape<ServerConfig> SERVER_SHAPE =
      new Shape<>(
          "One server.",
          List.of(ADDRESS, WEIGHT, BACKUP),
          section ->
              new ServerConfig(section.get(ADDRESS), section.get(WEIGHT), section.get(BACKUP)));

  private static final Kind<ServerConfig> SERVER_KIND =
      Kinds.either(
          Kinds.mapped(Kinds.target(), ServerConfig::at, server -> server.address().toString()),
          null,
          SERVER_SHAPE,
          server -> server.address().toString());

  private static final Key<Balance> BALANCE =
      Key.optional(
          "balance",
          Kinds.choice(Balance.class),
          Balance.RANDOM_TWO,
          "Which server a client gets: in turn, the one with the fewest connections, the less busy"
              + " of two at random, or always the same one for the same address.");

  private static final Key<List<ServerConfig>> SERVERS =
      Key.required(
          "servers",
          Kinds.distinct(SERVER_KIND),
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

  private static final Key<ProxyProtocol> PROXY_PROTOCOL =
      Key.optional(
          "proxy-protocol",
          Kinds.choice(ProxyProtocol.class),
          ProxyProtocol.OFF,
          "Servers are told the client's address first, as text (v1) or with its TLS version,"
              + " cipher, server name, ALPN and our connection id (v2). They have to expect it.");

  private static final Shape<ConnectConfig> CONNECT_SHAPE =
      new Shape<>(
          "How a server is dialled.",
          List.of(TIMEOUT, ATTEMPTS),
          section ->
              new ConnectConfig(section.get(TIMEOUT), section.get(ATTEMPTS), ProxyProtocol.OFF));

  private static final Key<ConnectConfig> CONNECT =
      Key.section("connect", CONNECT_SHAPE, "How a server is dialled.");

  static final Shape<Function<String, BackendConfig>> SHAPE =
      new Shape<>(
          "Servers that are as good as each other.",
          List.of(SERVERS, BALANCE, PROXY_PROTOCOL, CONNECT),
          section -> {
            List<ServerConfig> servers = section.get(SERVERS);
            Balance balance = section.get(BALANCE);
            ConnectConfig connect = section.get(CONNECT).with(section.get(PROXY_PROTOCOL));
            return name -> new BackendConfig(name, servers, balance, connect);
          });

  private BackendKeys() {}
}
