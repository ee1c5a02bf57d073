package io.terminator.admin.launch;

import io.terminator.admin.config.ServiceConfig;
import io.terminator.core.connect.ConnectConfig;
import io.terminator.core.connect.Connector;
import io.terminator.core.connection.ConnectionFlow;
import io.terminator.core.handshake.Handshake;
import io.terminator.core.relay.Relay;
import io.terminator.core.route.Route;
import io.terminator.core.route.RouteConfig;
import io.terminator.core.route.RouteTable;
import io.terminator.tls.certificate.Certificates;
import io.terminator.tls.certificate.CredentialStore;
import io.terminator.tls.engine.BoringSsl;
import io.terminator.tls.engine.TlsSettings;
import io.terminator.tls.layer.RouteDecider;
import io.terminator.tls.layer.SniDecider;
import io.terminator.tls.layer.TlsLayer;
import io.terminator.tls.policy.TlsPolicies;
import io.terminator.tls.sni.Identities;
import io.terminator.tls.ticket.TicketKeyRing;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** One listener with who it is and where it leads. Control plane only. */
final class Service {
  private final ServiceConfig config;
  private final CredentialStore store;
  private final Identities identities;
  private final ConnectionFlow.Plan plan;

  /** {@code backends} has all that the routes name. */
  Service(
      ServiceConfig config,
      Map<String, Backend> backends,
      BoringSsl library,
      TicketKeyRing tickets,
      Certificates certificates) {
    this.config = config;
    TlsSettings settings = TlsPolicies.settings(config.tls(), "terminator");
    InstantSource clock = InstantSource.system();
    this.store = certificates.store(config.certificates());
    this.identities = new Identities(library, tickets, store, settings, clock);
    SniDecider decider =
        new SniDecider(
            identities, config.sni(), settings.alpn(), settings.tls12(), settings.tls13(), clock);
    List<Route> all = new ArrayList<>();
    Map<String, ConnectConfig> connects = new HashMap<>();
    for (RouteConfig route : config.allRoutes()) {
      Backend backend = backend(backends, route.backend());
      all.add(new Route(route, backend.pool()));
      connects.put(route.backend(), backend.config().connect());
    }
    RouteTable routes = new RouteTable(all, settings.alpn());
    this.plan =
        new ConnectionFlow.Plan(
            new Handshake(new TlsLayer(new RouteDecider(routes, decider)), config.handshake()),
            routes,
            new Connector(connects),
            new Relay(config.relay()));
  }

  private static Backend backend(Map<String, Backend> backends, String name) {
    Backend backend = backends.get(name);
    if (backend == null) {
      throw new IllegalArgumentException("no backend is named " + name);
    }
    return backend;
  }

  ServiceConfig config() {
    return config;
  }

  ConnectionFlow.Plan plan() {
    return plan;
  }

  Identities identities() {
    return identities;
  }

  /** What clients are shown. */
  CredentialStore store() {
    return store;
  }

  void close() {
    identities.close();
  }
}
