package io.terminator.admin.launch;

import io.netty.channel.unix.DomainSocketAddress;
import io.terminator.core.connect.BackendConfig;
import io.terminator.core.route.BackendPool;
import io.terminator.core.route.Server;
import io.terminator.core.route.ServerConfig;
import io.terminator.core.route.Severing;
import io.terminator.core.setting.Endpoint;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A backend's servers with their names resolved, again and again. Blocking; control plane only. */
final class Backend {
  private static final Logger LOG = LoggerFactory.getLogger(Backend.class);

  private final BackendConfig config;
  private final BackendPool pool;

  /** Servers that {@code before} has in the same way stay the same, with their counters and states. */
  Backend(BackendConfig config, @Nullable Backend before, Severing severing) {
    this.config = config;
    this.pool =
        new BackendPool(
            config.name(),
            config.balance(),
            1,
            severing,
            before == null ? List.of() : before.pool.servers());
    resolve();
  }

  BackendConfig config() {
    return config;
  }

  BackendPool pool() {
    return pool;
  }

  /** Publishes every address of every server; a name that does not resolve keeps the addresses it had. */
  void resolve() {
    List<Server> servers = new ArrayList<>();
    List<Server> before = pool.servers();
    for (ServerConfig server : config.servers()) {
      for (SocketAddress address : addresses(server.address(), before)) {
        servers.add(sameOrNew(server, address, before));
      }
    }
    if (!servers.equals(before)) {
      pool.publish(servers);
    }
  }

  private List<SocketAddress> addresses(Endpoint endpoint, List<Server> before) {
    if (endpoint instanceof Endpoint.Unix unix) {
      return List.of(new DomainSocketAddress(unix.path()));
    }
    Endpoint.Inet inet = (Endpoint.Inet) endpoint;
    List<SocketAddress> addresses = new ArrayList<>();
    try {
      for (InetAddress address : InetAddress.getAllByName(inet.host())) {
        addresses.add(new InetSocketAddress(address, inet.port()));
      }
    } catch (UnknownHostException unresolved) {
      before.stream()
          .filter(server -> server.name().equals(endpoint.toString()))
          .forEach(server -> addresses.add(server.address()));
      LOG.warn(
          "backend={} server={}: the name does not resolve, {} addresses of before are kept. Expected a"
              + " name that DNS knows",
          config.name(),
          endpoint,
          addresses.size());
    }
    return addresses;
  }

  private static Server sameOrNew(ServerConfig config, SocketAddress address, List<Server> before) {
    String name = config.address().toString();
    return before.stream()
        .filter(server -> server.name().equals(name) && server.address().equals(address))
        .filter(server -> server.weight() == config.weight())
        .filter(server -> server.isBackup() == config.backup())
        .findFirst()
        .orElseGet(() -> new Server(name, address, config.weight(), config.backup()));
  }
}
