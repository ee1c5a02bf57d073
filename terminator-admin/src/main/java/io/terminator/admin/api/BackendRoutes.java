package io.terminator.admin.api;

import static io.terminator.admin.http.ApiOperation.Access.CHANGE;
import static io.terminator.admin.http.ApiOperation.Access.READ;

import io.terminator.admin.http.AdminRequest;
import io.terminator.admin.http.AdminResponse;
import io.terminator.admin.http.AdminRoutes;
import io.terminator.admin.http.Contract;
import io.terminator.admin.http.ProblemDetails;
import io.terminator.core.route.BackendPool;
import io.terminator.core.route.ServerState;
import io.terminator.core.route.ServerView;
import io.terminator.core.setting.AddressText;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code /v1/backends}. */
final class BackendRoutes {
  private static final Logger LOG = LoggerFactory.getLogger(BackendRoutes.class);
  private static final Contract SET = Contract.json("backend", "server", "state");

  private final Appliance appliance;

  BackendRoutes(Appliance appliance) {
    this.appliance = appliance;
  }

  void addTo(AdminRoutes routes) {
    routes
        .add(
            "GET",
            "/v1/backends",
            READ,
            "Backends and their servers with state, health and connections",
            Contract.json("backends"),
            request ->
                AdminResponse.json(
                    Map.of(
                        "backends", appliance.pools().stream().map(BackendRoutes::view).toList())))
        .add(
            "POST",
            "/v1/backends/{b}/servers/{s}:drain",
            CHANGE,
            "Takes the server out of service; open connections stay",
            SET,
            request -> set(request, ServerState.DRAIN))
        .add(
            "POST",
            "/v1/backends/{b}/servers/{s}:ready",
            CHANGE,
            "Puts the server back into service",
            SET,
            request -> set(request, ServerState.READY))
        .add(
            "POST",
            "/v1/backends/{b}/servers/{s}:disable",
            CHANGE,
            "Takes the server out of service, stops its checks and closes its connections",
            SET,
            request -> set(request, ServerState.DISABLED));
  }

  private static Map<String, Object> view(BackendPool pool) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("backend", pool.name());
    view.put("servers", pool.view().stream().map(BackendRoutes::view).toList());
    return view;
  }

  private static Map<String, Object> view(ServerView server) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("server", server.name());
    view.put("address", AddressText.of(server.address()));
    view.put("state", server.standing().state().label());
    view.put("health", server.standing().health().name().toLowerCase(Locale.ROOT));
    view.put("usable", server.standing().isUsable());
    view.put("finding", server.standing().finding());
    view.put("weight", server.placement().weight());
    view.put("backup", server.placement().backup());
    view.put("connectionsActive", server.counts().active());
    view.put("connections", server.counts().connections());
    view.put("connectFailures", server.counts().connectFailures());
    return view;
  }

  private AdminResponse set(AdminRequest request, ServerState state) {
    String backend = request.pathValue("b");
    String server = request.pathValue("s");
    List<BackendPool> pools = appliance.pools();
    BackendPool pool =
        pools.stream()
            .filter(each -> each.name().equals(backend))
            .findFirst()
            .orElseThrow(
                () ->
                    ProblemDetails.notFound(
                        "path.b: no backend \""
                            + backend
                            + "\"; expected one of "
                            + pools.stream().map(BackendPool::name).toList()));
    String before =
        pool.servers().stream()
            .filter(each -> each.name().equals(server))
            .map(each -> each.state().label())
            .findFirst()
            .orElse("");
    if (!pool.setState(server, state)) {
      throw ProblemDetails.notFound(
          "path.s: no server \""
              + server
              + "\"; expected one of "
              + pool.view().stream().map(ServerView::name).collect(Collectors.toSet()));
    }
    if (!before.equals(state.label())) {
      LOG.info("backend={} server={}: now {}", backend, server, state.label());
    }
    return AdminResponse.json(Map.of("backend", backend, "server", server, "state", state.label()))
        .audited(before, state.label());
  }
}
