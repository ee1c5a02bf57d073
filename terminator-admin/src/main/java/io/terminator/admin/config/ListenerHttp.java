package io.terminator.admin.config;

import io.terminator.admin.config.format.Key;
import io.terminator.admin.config.format.Place;
import io.terminator.admin.config.format.Reading;
import io.terminator.admin.config.format.Section;
import io.terminator.core.http.HttpConfig;
import io.terminator.core.http.route.HttpRouteConfig;
import io.terminator.core.http.route.HttpRouteConfig.PathCondition;
import io.terminator.core.http.route.HttpRouteConfig.Redirect;
import io.terminator.core.route.RouteConfig;
import io.terminator.core.route.RouteMode;
import io.terminator.tls.policy.NamedPolicy;
import io.terminator.tls.policy.TlsPolicyConfig;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What {@code http} changes about the other keys of a listener, and the checks across them. */
final class ListenerHttp {
  private ListenerHttp() {}

  static NamedPolicy withAlpn(NamedPolicy policy, HttpConfig http) {
    return policy.with(withAlpn(policy.tls(), http));
  }

  /** Where no protocols are written they follow from those of HTTP. */
  static TlsPolicyConfig withAlpn(TlsPolicyConfig tls, HttpConfig http) {
    return tls.alpn().isEmpty() ? tls.negotiating(http.alpn()) : tls;
  }

  /** The routes of requests, with that of the listener's {@code backend} as the last. */
  static HttpConfig withRoutes(
      HttpConfig http, List<WrittenRoute> written, @Nullable String backend) {
    List<HttpRouteConfig> routes = new ArrayList<>();
    for (int i = 0; i < written.size(); i++) {
      if (written.get(i).mode(true) == RouteMode.HTTP) {
        routes.add(written.get(i).ofRequests(i));
      }
    }
    if (backend != null) {
      routes.add(HttpRouteConfig.toAll(backend));
    }
    return new HttpConfig(
        http.protocols(), http.fields(), http.exchange(), http.checksCertificate(), routes);
  }

  /** The position of a route: that of what it does. */
  static Place placeOfRoute(Section section, Key<?> routes, int index) {
    String path = section.placeOf(routes).path() + "[" + index + "]";
    Reading reading = section.reading();
    Place place = section.placeOf(routes);
    if (reading != null) {
      for (Key<?> key : List.of(HttpRouteKeys.RESPOND, HttpRouteKeys.REDIRECT, RouteKeys.BACKEND)) {
        place = reading.placeOf(path + "." + key.name(), place);
      }
    }
    return new Place(path, place.line());
  }

  /**
   * The first route above the route {@code index} that takes all of its clients or requests;
   * negative if there is none.
   */
  static int coverOf(int index, List<RouteConfig> routes, List<WrittenRoute> written) {
    for (int i = 0; i < index; i++) {
      boolean covers =
          routes.get(i).mode() == RouteMode.HTTP && routes.get(index).mode() == RouteMode.HTTP
              ? written.get(i).ofRequests(i).covers(written.get(index).ofRequests(index))
              : routes.get(i).covers(routes.get(index));
      if (covers) {
        return i;
      }
    }
    return -1;
  }

  /** The first route that takes every client and request; negative if there is none. */
  static int coverOfAll(List<RouteConfig> routes, List<WrittenRoute> written) {
    for (int i = 0; i < routes.size(); i++) {
      boolean covers =
          routes.get(i).mode() == RouteMode.HTTP
              ? written.get(i).ofRequests(i).covers(HttpRouteConfig.toAll(""))
              : routes.get(i).matchesAll();
      if (covers) {
        return i;
      }
    }
    return -1;
  }

  /** Whether each route has a mode that fits its keys; checks across routes need that. */
  static boolean check(
      Section section,
      Key<HttpConfig> httpKey,
      Key<List<WrittenRoute>> routesKey,
      Key<TlsPolicyConfig> tlsKey,
      Key<List<WrittenPolicy>> policiesKey) {
    Reading reading = section.reading();
    if (reading == null || !section.isSound(httpKey, routesKey)) {
      return true;
    }
    boolean sound = true;
    HttpConfig http = section.find(httpKey);
    List<WrittenRoute> routes = section.find(routesKey);
    Map<String, Integer> names = new HashMap<>();
    for (int i = 0; routes != null && i < routes.size(); i++) {
      WrittenRoute route = routes.get(i);
      sound &= checkMode(section, routesKey, i, route, http != null);
      checkName(section, routesKey, i, route, names);
      checkLoop(section, routesKey, i, route);
    }
    if (http != null && section.isSound(tlsKey, policiesKey)) {
      List<WrittenRoute> all = routes == null ? List.of() : routes;
      checkAlpn(section.get(tlsKey), http, all, reading, section.placeOf(tlsKey));
      List<WrittenPolicy> policies = section.find(policiesKey);
      for (int i = 0; policies != null && i < policies.size(); i++) {
        Place place = section.placeOf(policiesKey);
        Place at = new Place(place.path() + "[" + i + "].tls", place.line());
        checkAlpn(
            policies.get(i).of(section.get(tlsKey)).tls(),
            http,
            all,
            reading,
            reading.placeOf(at.path(), at));
      }
    }
    return sound;
  }

  private static boolean checkMode(
      Section section, Key<?> routesKey, int index, WrittenRoute route, boolean http) {
    Reading reading = section.reading();
    String path = section.placeOf(routesKey).path() + "[" + index + "].";
    if (reading == null) {
      return true;
    }
    if (route.mode() == RouteMode.HTTP && !http) {
      reading.problem(
          reading.placeOf(path + "mode", placeOfRoute(section, routesKey, index)),
          "is http, and the listener has no http",
          "terminate or passthrough",
          "add \"http: {}\" to the listener");
      return false;
    }
    if (route.mode(http) == RouteMode.HTTP) {
      return true;
    }
    boolean sound = true;
    for (Key<?> key : HttpRouteKeys.KEYS) {
      Place none = new Place("", 0);
      Place place = reading.placeOf(path + key.name(), none);
      if (place != none && key != HttpRouteKeys.NAME) {
        reading.problem(
            place,
            http ? "applies to requests, and the route's mode is not http" : "applies to requests",
            http ? "no mode, or mode: http" : "a listener with http",
            http ? "remove mode" : "add \"http: {}\" to the listener");
        sound = false;
      }
    }
    return sound;
  }

  private static void checkName(
      Section section,
      Key<?> routesKey,
      int index,
      WrittenRoute route,
      Map<String, Integer> names) {
    String name = route.name();
    Reading reading = section.reading();
    if (name == null || reading == null) {
      return;
    }
    Integer first = names.putIfAbsent(name, index);
    if (first != null || name.equals("default")) {
      reading.problem(
          reading.placeOf(
              section.placeOf(routesKey).path() + "[" + index + "].name",
              placeOfRoute(section, routesKey, index)),
          "\""
              + name
              + "\" is "
              + (first == null
                  ? "the name of the listener's backend"
                  : "the name of routes[" + first + "]"),
          "a name of its own",
          "");
    }
  }

  /** A client would follow the redirect until it gives up. */
  private static void checkLoop(Section section, Key<?> routesKey, int index, WrittenRoute route) {
    Reading reading = section.reading();
    if (reading == null
        || !(route.action() instanceof Redirect redirect)
        || !route.fields().isEmpty()
        || !route.methods().isEmpty()) {
      return;
    }
    URI to = URI.create(redirect.to());
    String host = to.getHost();
    boolean sameHost =
        host == null
            || ("https".equals(to.getScheme())
                && route.hosts().stream()
                    .anyMatch(pattern -> pattern.matches(host.toLowerCase(Locale.ROOT))));
    PathCondition condition = route.path();
    String path = to.getPath();
    boolean samePath =
        redirect.keepsPath()
            || condition == null
            || condition.covers(new PathCondition(path.isEmpty() ? "/" : path, true));
    if (sameHost && samePath) {
      reading.warning(
          placeOfRoute(section, routesKey, index),
          "redirects to a URL that it matches: a client would not get anywhere",
          "another host or path in redirect.to",
          "");
    }
  }

  private static void checkAlpn(
      TlsPolicyConfig tls,
      HttpConfig http,
      List<WrittenRoute> routes,
      Reading reading,
      Place place) {
    for (String protocol : tls.alpn()) {
      boolean spoken =
          http.alpn().contains(protocol)
              || routes.stream()
                  .anyMatch(
                      route ->
                          route.mode(true) == RouteMode.TERMINATE
                              && route.alpn().contains(protocol));
      if (!spoken) {
        reading.problem(
            reading.placeOf(place.path() + ".alpn", place),
            "\"" + protocol + "\" is negotiated, and nothing speaks it",
            "protocols of http.protocols, or of a route with mode: terminate",
            "remove it; without alpn, the protocols of http are negotiated");
      }
    }
  }
}
