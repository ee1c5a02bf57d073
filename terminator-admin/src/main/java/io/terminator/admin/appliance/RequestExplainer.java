package io.terminator.admin.appliance;

import io.terminator.admin.api.AskedRequest;
import io.terminator.admin.api.Explanation.Request;
import io.terminator.admin.api.Explanation.Step;
import io.terminator.core.http.message.FieldName;
import io.terminator.core.http.message.Head;
import io.terminator.core.http.message.HeadKind;
import io.terminator.core.http.message.Heads;
import io.terminator.core.http.route.HttpRoute;
import io.terminator.core.http.route.HttpRouteConfig;
import io.terminator.core.http.route.HttpRouteConfig.Redirect;
import io.terminator.core.http.route.HttpRouteConfig.ToBackend;
import io.terminator.core.http.route.HttpRoutes;
import io.terminator.core.route.BackendPool;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Describes what happens to a request, with the routes that serve requests. */
final class RequestExplainer {
  private final HttpRoutes routes;

  RequestExplainer(HttpRoutes routes) {
    this.routes = routes;
  }

  /** {@code protocol} is the one that is negotiated, null for none. */
  Request explain(
      AskedRequest asked, @Nullable String sni, @Nullable String protocol, SocketAddress client) {
    Head head = head(asked, sni);
    List<Step> steps = new ArrayList<>();
    for (HttpRoutes.Look look : routes.explain(sni, protocol, client, head)) {
      steps.add(new Step(words(look.route().config()), look.whyNot()));
    }
    HttpRoutes usable = routes.of(sni, protocol, client);
    HttpRoute route = usable.find(head);
    if (route == null) {
      HttpRoutes.Result why = usable.refusal(head);
      String words =
          switch (why) {
            case BAD_PATH -> "the path has a segment \".\" or \"..\", or an invalid encoding";
            case MISDIRECTED ->
                "the host has another TLS policy or certificate than the server name";
            case NO_ROUTE, FOUND -> "no route matches and the listener has no backend";
          };
      int status =
          switch (why) {
            case BAD_PATH -> 400;
            case MISDIRECTED -> 421;
            case NO_ROUTE, FOUND -> 404;
          };
      return new Request(steps, null, null, "refused: " + words, status, null, null);
    }
    BackendPool pool = route.pool();
    if (pool != null) {
      route.rewrite(head);
      return new Request(
          steps, route.name(), pool.name(), "forwarded", null, head.text(head.path()), null);
    }
    Head answer = new Heads().take(HeadKind.RESPONSE);
    route.describe(head, answer);
    int location = answer.first(FieldName.LOCATION);
    return new Request(
        steps,
        route.name(),
        null,
        location < 0 ? "answered" : "redirected",
        route.status(),
        null,
        location < 0 ? null : answer.value(location));
  }

  private static Head head(AskedRequest asked, @Nullable String sni) {
    Head head = new Heads().take(HeadKind.REQUEST);
    head.setMethod(asked.method());
    String host = asked.host();
    head.setAuthority(host != null ? host : sni == null ? "" : sni);
    head.setPath(asked.path());
    String header = asked.header();
    int colon = header == null ? -1 : header.indexOf(':');
    if (header != null && colon > 0) {
      head.add(header.substring(0, colon).strip(), header.substring(colon + 1).strip());
    }
    return head;
  }

  private static String words(HttpRouteConfig route) {
    List<String> demands = new ArrayList<>();
    add(demands, "sni", route.connection().sni());
    add(demands, "alpn", route.connection().alpn());
    add(demands, "source", route.connection().sources());
    add(demands, "host", route.hosts());
    if (route.path() != null) {
      demands.add("path " + route.path());
    }
    add(demands, "method", route.methods());
    add(demands, "header", route.fields());
    return route.name()
        + ": "
        + (demands.isEmpty() ? "every request" : String.join(", ", demands))
        + " -> "
        + (route.action() instanceof ToBackend to
            ? to.backend()
            : route.action() instanceof Redirect redirect
                ? "redirect to " + redirect.to()
                : "an answer");
  }

  private static void add(List<String> demands, String name, List<?> values) {
    if (!values.isEmpty()) {
      demands.add(name + " " + values);
    }
  }
}
