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
import io.terminator.core.connect.CheckConfig.Statuses;
import io.terminator.core.connect.ConnectConfig;
import io.terminator.core.connect.GrpcStatus;
import io.terminator.core.connect.KeptConfig;
import io.terminator.core.connect.OutlierConfig;
import io.terminator.core.connect.QueueConfig;
import io.terminator.core.connect.ServerProtocol;
import io.terminator.core.connect.StickyConfig;
import io.terminator.core.route.Balance;
import io.terminator.core.route.ServerConfig;
import io.terminator.core.setting.Endpoint;
import io.terminator.tls.backend.BackendTlsConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * {@code backends.<name>}. The name precedes the map, so the shape produces everything except the
 * name.
 */
final class BackendKeys {
  private static final Key<Endpoint> ADDRESS =
      Key.required("address", Kinds.target(), "Address of the server.");

  private static final Key<Integer> WEIGHT =
      Key.optional(
          "weight",
          Kinds.whole(1, 1000),
          ServerConfig.DEFAULT_WEIGHT,
          "Its share of connections relative to the other servers.");

  private static final Key<Boolean> BACKUP =
      Key.optional("backup", Kinds.flag(), false, "Used only while no other server is available.");

  private static final Key<Integer> CONNECTIONS =
      Key.optional(
          "connections",
          Kinds.whole(0, 10_000_000),
          0,
          "Maximum number of open connections per address; further ones wait in the"
              + " backend's queue. 0 means no limit.");

  private static final Key<Duration> SLOW_START =
      Key.optional(
          "slow-start",
          Kinds.duration("0", "1h"),
          Duration.ZERO,
          "After the server recovers, its share grows from a tenth to its full weight"
              + " over this time.");

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
          "Load balancing: in turn, fewest connections, the less busy of two random"
              + " servers, or by a hash of the client's address.");

  private static final Key<List<ServerConfig>> SERVERS =
      Key.required(
          "servers",
          Kinds.distinct(SERVER_KIND),
          "Each is an address, or a map with the keys below.");

  private static final Key<Duration> TIMEOUT =
      Key.optional(
          "timeout",
          Kinds.duration("10ms", "10m"),
          ConnectConfig.DEFAULT.timeout(),
          "Time limit for one connection attempt.");

  private static final Key<Integer> ATTEMPTS =
      Key.optional(
          "attempts",
          Kinds.whole(1, 100),
          ConnectConfig.DEFAULT.attempts(),
          "Maximum number of connection attempts per client, including the first.");

  private static final Shape<ConnectConfig> CONNECT_SHAPE =
      new Shape<>(
          "How connections to servers are made.",
          List.of(TIMEOUT, ATTEMPTS),
          section ->
              new ConnectConfig(section.get(TIMEOUT), section.get(ATTEMPTS), ProxyProtocol.OFF));

  private static final Key<Integer> QUEUE_LENGTH =
      Key.optional(
          "length",
          Kinds.whole(0, 1_000_000),
          QueueConfig.DEFAULT.length(),
          "Maximum number of waiting connections; further ones are closed at once.");

  private static final Key<Duration> QUEUE_TIMEOUT =
      Key.optional(
          "timeout",
          Kinds.duration("10ms", "10m"),
          QueueConfig.DEFAULT.timeout(),
          "Maximum waiting time of a connection before it is closed.");

  private static final Shape<QueueConfig> QUEUE_SHAPE =
      new Shape<>(
          "The queue for connections while every server is at its connection limit.",
          List.of(QUEUE_LENGTH, QUEUE_TIMEOUT),
          section -> new QueueConfig(section.get(QUEUE_LENGTH), section.get(QUEUE_TIMEOUT)));

  private static final Key<QueueConfig> QUEUE =
      Key.section(
          "queue",
          QUEUE_SHAPE,
          "The queue for connections while every server is at its connection limit.");

  private static final Key<ServerProtocol> HTTP_VERSION =
      Key.optional(
          "protocol",
          Kinds.choice(List.of(ServerProtocol.values()), ServerProtocol::label),
          ServerProtocol.HTTP_1_1,
          "Version of HTTP that the servers speak with a listener that has http. h2 requires tls"
              + " and offers HTTP/2 and HTTP/1.1, one of which the server selects; h2c is HTTP/2"
              + " without TLS, as gRPC servers speak it.");

  private static final Key<Integer> PER_SERVER =
      Key.optional(
          "per-server",
          Kinds.whole(0, 100_000),
          KeptConfig.DEFAULT.perServer(),
          "Maximum number of idle connections to each server, on each worker. 0: a new connection"
              + " for each request.");

  private static final Key<Duration> KEPT_IDLE =
      Key.optional(
          "idle",
          Kinds.duration("10ms", "1h"),
          KeptConfig.DEFAULT.idle(),
          "Maximum idle time; shorter than the servers' own, so that they do not close a connection"
              + " that is about to be used.");

  private static final Shape<KeptConfig> KEPT_SHAPE =
      new Shape<>(
          "Connections to HTTP servers that stay open between requests.",
          List.of(PER_SERVER, KEPT_IDLE),
          section -> new KeptConfig(section.get(PER_SERVER), section.get(KEPT_IDLE)));

  private static final Key<KeptConfig> KEPT =
      Key.section(
          "kept",
          KEPT_SHAPE,
          "Connections that stay open between the requests of a listener with http.");

  private static final Key<Integer> ERRORS =
      Key.optional(
          "errors",
          Kinds.whole(1, 10_000),
          OutlierConfig.DEFAULT.errors(),
          "Consecutive errors after which a server is avoided: for one second, then two, up to 32.");

  private static final Key<Statuses> ERROR_STATUS =
      Key.optional(
          "status",
          CheckKeys.STATUS_KIND,
          OutlierConfig.DEFAULT.statuses(),
          "Status codes that are errors, except 501 and 505. Responses that do not come, or not"
              + " completely, are errors, too.");

  private static final Key<List<GrpcStatus>> GRPC_STATUS =
      Key.absent(
          "grpc-status",
          Kinds.distinct(Kinds.choice(GrpcStatus.class)),
          "results of gRPC are not counted",
          "Results of gRPC calls that are errors, from the trailers of the response, such as"
              + " unavailable. A call that ends without a result is then an error, too.");

  private static final Shape<OutlierConfig> OUTLIER_SHAPE =
      new Shape<>(
          "Passive health check by the responses of a server.",
          List.of(ERRORS, ERROR_STATUS, GRPC_STATUS),
          section -> {
            List<GrpcStatus> grpc = section.find(GRPC_STATUS);
            return new OutlierConfig(
                section.get(ERRORS), section.get(ERROR_STATUS), grpc == null ? List.of() : grpc);
          });

  private static final Key<OutlierConfig> OUTLIER =
      Key.absent(
          "outlier",
          OUTLIER_SHAPE,
          "responses are not counted",
          "Outlier ejection by responses: a server with consecutive errors is avoided while others"
              + " are available. For listeners with http.");

  private static final Key<StickyConfig> STICKY =
      Key.absent(
          "sticky",
          StickyKeys.SHAPE,
          "each request selects a server anew",
          "Sticky sessions by cookie: a client returns to the server of its first request, as long"
              + " as that is up. For listeners with http.");

  private static final Key<CheckConfig> CHECK =
      Key.absent(
          "check",
          CheckKeys.KIND,
          "servers are not checked",
          "Active health check: a type, or a map. Even without it, a server that refuses"
              + " connections is avoided for some time (outlier ejection).");

  private static final Key<ConnectConfig> CONNECT =
      Key.section("connect", CONNECT_SHAPE, "How connections to servers are made.");

  private static final Key<TcpConfig> TCP =
      Key.section("tcp", TcpKeys.SHAPE, "TCP options of connections to the servers.");

  private static final Key<BackendTlsConfig> TLS =
      Key.optional(
          "tls",
          BackendTlsKeys.KIND,
          BackendTlsKeys.OFF,
          "TLS to the servers: off, on with the defaults, or a map. Servers are verified"
              + " by default.");

  static final Shape<Function<String, BackendConfig>> SHAPE =
      new Shape<>(
          "A group of equivalent servers.",
          keys(),
          section -> {
            List<ServerConfig> servers = section.get(SERVERS);
            Balance balance = section.get(BALANCE);
            ConnectConfig connect =
                section
                    .get(CONNECT)
                    .with(
                        section.get(ProxyHeaderKeys.PROTOCOL),
                        ProxyHeaderKeys.read(section),
                        section.get(TCP),
                        section.get(QUEUE));
            CheckConfig check = section.find(CHECK);
            KeptConfig kept = section.get(KEPT);
            OutlierConfig outlier = section.find(OUTLIER);
            StickyConfig sticky = section.find(STICKY);
            ServerProtocol protocol = section.get(HTTP_VERSION);
            BackendTlsConfig tls = section.get(TLS);
            checkProtocol(section, protocol, tls, check);
            checkServers(section, servers);
            checkTls(section, servers, tls);
            return name ->
                new BackendConfig(
                    name,
                    servers,
                    balance,
                    connect,
                    check,
                    BackendTlsKeys.isOff(tls) ? null : tls,
                    protocol,
                    kept,
                    outlier,
                    sticky);
          });

  private BackendKeys() {}

  private static List<Key<?>> keys() {
    List<Key<?>> keys = new ArrayList<>(List.of(SERVERS, BALANCE));
    keys.addAll(ProxyHeaderKeys.KEYS);
    keys.addAll(List.of(CONNECT, TCP, QUEUE, HTTP_VERSION, KEPT, OUTLIER, STICKY, CHECK, TLS));
    return keys;
  }

  private static void checkProtocol(
      Section section, ServerProtocol protocol, BackendTlsConfig tls, @Nullable CheckConfig check) {
    Reading reading = section.reading();
    if (reading == null || !section.isSound(HTTP_VERSION, TLS, CHECK)) {
      return;
    }
    List<String> alpn = tls.alpn();
    if (protocol == ServerProtocol.H2 && BackendTlsKeys.isOff(tls)) {
      reading.problem(
          section.placeOf(HTTP_VERSION),
          "\"h2\" is over TLS, and the backend has no tls",
          "tls, or h2c for HTTP/2 without TLS",
          "add tls: on");
    } else if (protocol == ServerProtocol.H2 && alpn != null && !alpn.contains("h2")) {
      reading.problem(
          section.placeOf(HTTP_VERSION),
          "\"h2\" is not among tls.alpn " + alpn,
          "tls without alpn, or with h2 in it",
          "remove alpn from tls");
    }
    if (check != null
        && check.type() == CheckConfig.Type.HTTP
        && check.port() == 0
        && !BackendTlsKeys.isOff(tls)) {
      reading.warning(
          section.placeOf(CHECK),
          "is without TLS, and the servers speak TLS on that port",
          "type https, or the port of a check without TLS",
          "");
    }
    if (protocol != ServerProtocol.H2C) {
      return;
    }
    if (!BackendTlsKeys.isOff(tls)) {
      reading.problem(
          section.placeOf(HTTP_VERSION),
          "\"h2c\" is without TLS, and the backend has tls",
          "http/1.1, or a backend without tls",
          "");
    }
    if (check != null && check.type() == CheckConfig.Type.HTTP) {
      reading.warning(
          section.placeOf(CHECK),
          "speaks HTTP/1.1, and the servers speak h2c",
          "a check of type h2c, or servers that speak both",
          "");
    }
  }

  /** A certificate cannot be issued for the path of a unix socket. */
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
              "verifies a server on a unix socket, but has no name to verify",
              "name, the host that its certificate is for",
              "add name to tls");
    }
  }

  /** The same address under two descriptions would receive twice its share without notice. */
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
          "at least one server without backup: true",
          "remove backup from one");
    }
  }
}
