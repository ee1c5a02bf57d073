package io.terminator.admin.config;

import io.terminator.admin.config.format.Key;
import io.terminator.admin.config.format.Kind;
import io.terminator.admin.config.format.Kinds;
import io.terminator.admin.config.format.Place;
import io.terminator.admin.config.format.Reading;
import io.terminator.admin.config.format.Section;
import io.terminator.admin.config.format.Shape;
import io.terminator.core.chain.ProxyProtocol;
import io.terminator.core.chain.TcpConfig;
import io.terminator.core.connect.BackendConfig;
import io.terminator.core.connect.CheckConfig;
import io.terminator.core.connect.ConnectConfig;
import io.terminator.core.connect.QueueConfig;
import io.terminator.core.route.Balance;
import io.terminator.core.route.ServerConfig;
import io.terminator.core.setting.Endpoint;
import io.terminator.tls.backend.BackendTlsConfig;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
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

  private static final Key<Integer> CONNECTIONS =
      Key.optional(
          "connections",
          Kinds.whole(0, 10_000_000),
          0,
          "Connections at a time, for each address; more wait in the backend's queue. 0 is no"
              + " limit.");

  private static final Key<Duration> SLOW_START =
      Key.optional(
          "slow-start",
          Kinds.duration("0", "1h"),
          Duration.ZERO,
          "When the server comes back, its share of the clients grows from a tenth to whole within"
              + " this time.");

  private static final Shape<ServerConfig> SERVER_SHAPE =
      new Shape<>(
          "One server.",
          List.of(ADDRESS, WEIGHT, BACKUP, CONNECTIONS, SLOW_START),
          section ->
              new ServerConfig(
                  section.get(ADDRESS),
                  section.get(WEIGHT),
                  section.get(BACKUP),
                  section.get(CONNECTIONS),
                  section.get(SLOW_START)));

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

  private static final Key<Boolean> PROXY_TLVS =
      Key.optional(
          "pass-proxy-tlvs",
          Kinds.flag(),
          false,
          "Whether what a client's own PROXY v2 header added (TLVs) goes on in ours; what we write"
              + " ourselves replaces it. Needs proxy-protocol: v2.");

  private static final Shape<ConnectConfig> CONNECT_SHAPE =
      new Shape<>(
          "How a server is dialled.",
          List.of(TIMEOUT, ATTEMPTS),
          section ->
              new ConnectConfig(section.get(TIMEOUT), section.get(ATTEMPTS), ProxyProtocol.OFF));

  private static final Key<Integer> QUEUE_LENGTH =
      Key.optional(
          "length",
          Kinds.whole(0, 1_000_000),
          QueueConfig.DEFAULT.length(),
          "Connections that wait at a time; more are closed at once.");

  private static final Key<Duration> QUEUE_TIMEOUT =
      Key.optional(
          "timeout",
          Kinds.duration("10ms", "10m"),
          QueueConfig.DEFAULT.timeout(),
          "How long one waits before it is closed.");

  private static final Shape<QueueConfig> QUEUE_SHAPE =
      new Shape<>(
          "Where connections wait while every server has as many as it may.",
          List.of(QUEUE_LENGTH, QUEUE_TIMEOUT),
          section -> new QueueConfig(section.get(QUEUE_LENGTH), section.get(QUEUE_TIMEOUT)));

  private static final Key<QueueConfig> QUEUE =
      Key.section(
          "queue", QUEUE_SHAPE, "Where connections wait while every server has as many as it may.");

  private static final Key<CheckConfig> CHECK =
      Key.absent(
          "check",
          CheckKeys.KIND,
          "servers are not checked",
          "How servers are asked whether they are well: a type alone, or a map. Who does not accept"
              + " connections is passed over for a while even without.");

  private static final Key<ConnectConfig> CONNECT =
      Key.section("connect", CONNECT_SHAPE, "How a server is dialled.");

  private static final Key<TcpConfig> TCP =
      Key.section("tcp", TcpKeys.SHAPE, "What the kernel does for TCP connections to the servers.");

  private static final Key<BackendTlsConfig> TLS =
      Key.optional(
          "tls",
          BackendTlsKeys.KIND,
          BackendTlsKeys.OFF,
          "TLS with the servers: off, on with the defaults, or a map. What was decrypted is encrypted"
              + " again, and the servers are verified.");

  static final Shape<Function<String, BackendConfig>> SHAPE =
      new Shape<>(
          "Servers that are as good as each other.",
          List.of(SERVERS, BALANCE, PROXY_PROTOCOL, PROXY_TLVS, CONNECT, TCP, QUEUE, CHECK, TLS),
          section -> {
            List<ServerConfig> servers = section.get(SERVERS);
            Balance balance = section.get(BALANCE);
            ConnectConfig connect =
                section
                    .get(CONNECT)
                    .with(
                        section.get(PROXY_PROTOCOL),
                        section.get(PROXY_TLVS),
                        section.get(TCP),
                        section.get(QUEUE));
            section.check(
                !connect.passTlvs() || connect.proxyProtocol() == ProxyProtocol.V2,
                PROXY_TLVS,
                "false without proxy-protocol: v2",
                "only version 2 has room for them",
                PROXY_PROTOCOL);
            CheckConfig check = section.find(CHECK);
            BackendTlsConfig tls = section.get(TLS);
            checkServers(section, servers);
            checkTls(section, servers, tls);
            return name ->
                new BackendConfig(
                    name,
                    servers,
                    balance,
                    connect,
                    check,
                    tls.equals(BackendTlsKeys.OFF) ? null : tls);
          });

  private BackendKeys() {}

  /** A path is no name that a certificate could be for. */
  private static void checkTls(Section section, List<ServerConfig> servers, BackendTlsConfig tls) {
    boolean named =
        tls.name() != null
            || tls.sni().source() == BackendTlsConfig.Sni.Source.NAMED
            || tls.sni().source() == BackendTlsConfig.Sni.Source.CLIENT;
    boolean unix = servers.stream().anyMatch(server -> server.address() instanceof Endpoint.Unix);
    if (section.reading() != null
        && section.isSound(SERVERS, TLS)
        && tls.verify()
        && unix
        && !named) {
      section
          .reading()
          .problem(
              section.placeOf(TLS),
              "verifies a server at a unix socket without saying its name",
              "name, the host that its certificate is for",
              "add name to tls");
    }
  }

  /** The same address twice, otherwise described, is a server that gets twice its share unnoticed. */
  private static void checkServers(Section section, List<ServerConfig> servers) {
    Reading reading = section.reading();
    if (reading == null || !section.isSound(SERVERS)) {
      return;
    }
    Set<Endpoint> seen = new HashSet<>();
    for (int i = 0; i < servers.size(); i++) {
      Endpoint address = servers.get(i).address();
      if (!seen.add(address)) {
        Place item = section.placeOf(SERVERS);
        String path = item.path() + "[" + i + "]";
        reading.problem(
            reading.placeOf(path, new Place(path, item.line())),
            "\"" + address + "\" is listed already",
            "each address once",
            "remove one; for a larger share use weight");
      }
    }
    if (servers.stream().allMatch(ServerConfig::backup)) {
      reading.problem(
          section.placeOf(SERVERS),
          "has backups only",
          "at least one server that is none",
          "remove backup from one");
    }
  }
}
