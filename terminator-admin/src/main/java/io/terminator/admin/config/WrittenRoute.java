package io.terminator.admin.config;

import io.terminator.core.http.route.HttpRouteConfig;
import io.terminator.core.http.route.HttpRouteConfig.Action;
import io.terminator.core.http.route.HttpRouteConfig.FieldCondition;
import io.terminator.core.http.route.HttpRouteConfig.PathCondition;
import io.terminator.core.http.route.HttpRouteConfig.RateLimit;
import io.terminator.core.http.route.HttpRouteConfig.ToBackend;
import io.terminator.core.route.RouteConfig;
import io.terminator.core.route.RouteMode;
import io.terminator.core.setting.Cidr;
import io.terminator.core.setting.HostPattern;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A route as the file has it. Whether it routes connections or requests depends on its {@code mode}
 * and, without one, on its listener. {@code action} is null after a problem.
 */
record WrittenRoute(
    List<HostPattern> sni,
    List<String> alpn,
    List<Cidr> sources,
    @Nullable RouteMode mode,
    @Nullable String name,
    List<HostPattern> hosts,
    @Nullable PathCondition path,
    List<String> methods,
    List<FieldCondition> fields,
    @Nullable Action action,
    @Nullable RateLimit rate) {

  RouteMode mode(boolean http) {
    if (mode != null) {
      return mode;
    }
    return http ? RouteMode.HTTP : RouteMode.TERMINATE;
  }

  /** The conditions on the connection, with the backend of a route that is not of requests. */
  RouteConfig connection(boolean http) {
    RouteMode how = mode(http);
    String backend = action instanceof ToBackend to ? to.backend() : "";
    return new RouteConfig(sni, alpn, sources, how, how == RouteMode.HTTP ? null : backend);
  }

  /** The route of requests; {@code index} is its position in the file. */
  HttpRouteConfig ofRequests(int index) {
    return new HttpRouteConfig(
        name == null ? "route-" + index : name,
        new RouteConfig(sni, alpn, sources, RouteMode.HTTP, null),
        hosts,
        path,
        methods,
        fields,
        action == null ? new ToBackend("", null) : action,
        rate);
  }
}
