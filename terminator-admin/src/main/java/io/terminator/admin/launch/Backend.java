package io.terminator.admin.launch;

import io.netty.channel.unix.DomainSocketAddress;
import io.terminator.core.connect.BackendConfig;
import io.terminator.core.route.BackendPool;
import io.terminator.core.route.Server;
import io.terminator.core.setting.Endpoint;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A backend's servers with their names resolved, again and again. Blocking; control plane only. */
final class Backend {
  private static final Logger LOG = LoggerFactory.getLogger(Backend.class);

  private final BackendConfig config;
  private final BackendPool pool;

  Backend(BackendConfig config) {
    this.config = config;
    this.pool = new BackendPool(config.name(), List.of());
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
    for (Endpoint endpoint : config.servers()) {
      if (endpoint instanceof Endpoint.Unix unix) {
        servers.add(new Server(endpoint.toString(), new DomainSocketAddress(unix.path())));
        continue;
      }
      Endpoint.Inet inet = (Endpoint.Inet) endpoint;
      try {
        for (InetAddress address : InetAddress.getAllByName(inet.host())) {
          servers.add(new Server(endpoint.toString(), new InetSocketAddress(address, inet.port())));
        }
      } catch (UnknownHostException unresolved) {
        List<Server> kept =
            before.stream().filter(server -> server.name().equals(endpoint.toString())).toList();
        LOG.warn(
            "backend={} server={}: the name does not resolve, {} addresses of before are kept. Expected a"
                + " name that DNS knows",
            config.name(),
            endpoint,
            kept.size());
        servers.addAll(kept);
      }
    }
    if (!servers.equals(before)) {
      pool.publish(servers);
    }
  }
}
