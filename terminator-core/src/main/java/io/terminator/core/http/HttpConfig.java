package io.terminator.core.http;

import io.terminator.core.http.exchange.ExchangeConfig;
import io.terminator.core.http.field.FieldConfig;
import io.terminator.core.http.route.HttpRouteConfig;
import java.util.ArrayList;
import java.util.List;

/**
 * HTTP on a listener: the protocols in order of preference, at least one; the rules on fields; the
 * limits of an exchange; whether a request for a host with another certificate than the
 * connection's is refused; and the routes of requests, the first match first.
 */
public record HttpConfig(
    List<HttpProtocol> protocols,
    FieldConfig fields,
    ExchangeConfig exchange,
    boolean checksCertificate,
    List<HttpRouteConfig> routes) {
  public HttpConfig {
    protocols = List.copyOf(protocols);
    routes = List.copyOf(routes);
  }

  /**
   * The ALPN protocols to negotiate. Clients of HTTP/1.0, such as {@code curl --http1.0}, offer
   * {@code http/1.0} alone.
   */
  public List<String> alpn() {
    List<String> names = new ArrayList<>(protocols.stream().map(HttpProtocol::alpn).toList());
    if (protocols.contains(HttpProtocol.HTTP_1_1)) {
      names.add("http/1.0");
    }
    return names;
  }

  /** The names of the backends that requests can reach. */
  public List<String> backends() {
    return routes.stream()
        .map(HttpRouteConfig::action)
        .filter(HttpRouteConfig.ToBackend.class::isInstance)
        .map(action -> ((HttpRouteConfig.ToBackend) action).backend())
        .distinct()
        .toList();
  }
}
