package io.terminator.admin.appliance;

import io.terminator.core.chain.BackendLayer;
import io.terminator.core.connect.ConnectConfig;
import io.terminator.core.connect.Connector;
import io.terminator.core.connect.KeptConfig;
import io.terminator.core.conversation.Conversation;
import io.terminator.core.http.BackendsByName;
import io.terminator.core.http.HttpConfig;
import io.terminator.core.http.HttpConversation;
import io.terminator.core.http.NegotiatedBackends;
import io.terminator.core.http.exchange.BackendRules;
import io.terminator.core.http.exchange.Backends;
import io.terminator.core.http.exchange.ExchangeConfig;
import io.terminator.core.http.exchange.HttpPlan;
import io.terminator.core.http.field.FieldRules;
import io.terminator.core.http.h1.H1Backends;
import io.terminator.core.http.h2.H2Backends;
import io.terminator.core.http.route.HttpRoute;
import io.terminator.core.http.route.HttpRouteConfig;
import io.terminator.core.http.route.HttpRoutes;
import io.terminator.core.logbuffer.LogFlusher;
import io.terminator.core.relay.RelayConfig;
import io.terminator.core.route.Route;
import io.terminator.core.route.RouteMode;
import io.terminator.core.route.RouteTable;
import io.terminator.core.trace.Tracer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** HTTP on a listener: its routes and rules, assembled. Immutable; control plane only. */
final class HttpService {
  private final HttpRoutes routes;
  private final HttpPlan plan;

  /**
   * {@code backends} has all that the routes name. Without {@code log} requests are not logged.
   * Rate limits that {@code before} has too continue.
   */
  HttpService(
      HttpConfig config,
      RelayConfig relay,
      Map<String, Backend> backends,
      HttpRoutes.HostPolicies policies,
      @Nullable LogFlusher log,
      @Nullable Tracer tracer,
      HttpRoutes before) {
    List<HttpRoute> all = new ArrayList<>();
    for (HttpRouteConfig route : config.routes()) {
      all.add(
          new HttpRoute(
              route,
              route.action() instanceof HttpRouteConfig.ToBackend to
                  ? Objects.requireNonNull(backends.get(to.backend())).pool()
                  : null,
              before.all()));
    }
    this.routes = new HttpRoutes(all, policies);
    this.plan =
        new HttpPlan(
            routes,
            new FieldRules(config.fields()),
            servers(config, relay.watermarks(), backends),
            config.exchange(),
            relay,
            rules(config, backends),
            log,
            tracer);
  }

  private static Backends servers(
      HttpConfig config, RelayConfig.Watermarks watermarks, Map<String, Backend> backends) {
    Map<String, ConnectConfig> connects = new HashMap<>();
    Map<String, BackendLayer> layers = new HashMap<>();
    Map<String, BackendLayer> upgradeLayers = new HashMap<>();
    Map<String, KeptConfig> kept = new HashMap<>();
    for (String name : config.backends()) {
      Backend backend = Objects.requireNonNull(backends.get(name));
      connects.put(name, backend.config().connect());
      kept.put(name, backend.config().kept());
      BackendLayer layer = backend.httpLayer();
      BackendLayer upgradeLayer = backend.upgradeLayer();
      if (layer != null && upgradeLayer != null) {
        layers.put(name, layer);
        upgradeLayers.put(name, upgradeLayer);
      }
    }
    Connector connector = new Connector(connects, layers);
    ExchangeConfig exchange = config.exchange();
    H1Backends http1 = new H1Backends(connector, kept, exchange, watermarks);
    H2Backends http2 = new H2Backends(connector, kept, exchange, watermarks);
    NegotiatedBackends negotiated =
        new NegotiatedBackends(
            connector,
            kept,
            exchange,
            watermarks,
            http1,
            http2,
            new H1Backends(new Connector(connects, upgradeLayers), kept, exchange, watermarks));
    Map<String, Backends> named = new HashMap<>();
    for (String name : config.backends()) {
      named.put(
          name,
          switch (Objects.requireNonNull(backends.get(name)).config().protocol()) {
            case HTTP_1_1 -> http1;
            case H2 -> negotiated;
            case H2C -> http2;
          });
    }
    return new BackendsByName(named);
  }

  private static Map<String, BackendRules> rules(HttpConfig config, Map<String, Backend> backends) {
    Map<String, BackendRules> rules = new HashMap<>();
    for (String name : config.backends()) {
      Backend backend = Objects.requireNonNull(backends.get(name));
      rules.put(name, new BackendRules(backend.config().outlier(), backend.sticky()));
    }
    return rules;
  }

  HttpRoutes routes() {
    return routes;
  }

  /**
   * HTTP for the connections that {@code connections} routes to it, {@code others} for the rest.
   */
  Conversation.Chooser chooser(RouteTable connections, Conversation others) {
    HttpConversation http = new HttpConversation(plan);
    return secured -> {
      Route route =
          connections.find(
              secured.protection().sni(),
              secured.protection().offeredAlpn(),
              secured.connection().clientAddress());
      return route != null && route.mode() == RouteMode.HTTP ? http : others;
    };
  }

  /** Connections end after the exchange that they carry. */
  void retire() {
    plan.retire();
  }
}
