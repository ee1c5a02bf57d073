package io.terminator.core.route;

import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Selects the backend of a client: the first route that matches. It uses only data from the
 * ClientHello, so that the result before the handshake, which decides between termination and
 * passthrough, equals the result after it. Immutable, any worker.
 */
public final class RouteTable {
  private final List<Route> routes;
  private final Negotiable negotiable;

  /**
   * The ALPN protocols that the listener accepts from a client that asks for {@code sni}, in order
   * of preference.
   */
  public interface Negotiable {
    List<String> with(@Nullable String sni);
  }

  public RouteTable(List<Route> routes, Negotiable negotiable) {
    this.routes = List.copyOf(routes);
    this.negotiable = negotiable;
  }

  /** The same protocols for every name, in order of preference. */
  public RouteTable(List<Route> routes, List<String> negotiable) {
    this(routes, sni -> negotiable);
  }

  /** Routes every client to one backend. */
  public RouteTable(BackendPool all) {
    this(List.of(new Route(RouteConfig.toAll(all.name()), all)), List.of());
  }

  /**
   * The first route that matches such a client; has no side effect. {@code sni} is in lower case
   * without a trailing dot, null if the client sent no server name.
   */
  public @Nullable Route find(@Nullable String sni, List<String> offered, SocketAddress client) {
    String agreed = agreed(sni, offered);
    for (Route route : routes) {
      if (route.mismatch(sni, offered, agreed, client) == null) {
        return route;
      }
    }
    return null;
  }

  /** The names of the backends that a route of connections can select. */
  public Set<String> backends() {
    Set<String> names = new TreeSet<>();
    for (Route route : routes) {
      BackendPool target = route.target();
      if (target != null) {
        names.add(target.name());
      }
    }
    return names;
  }

  /** A route that was examined; {@code whyNot} is null for the one that matches. */
  public record Look(Route route, @Nullable String whyNot) {}

  /** The routes that {@link #find} examines for such a client, in order. */
  public List<Look> explain(@Nullable String sni, List<String> offered, SocketAddress client) {
    String agreed = agreed(sni, offered);
    List<Look> looks = new ArrayList<>();
    for (Route route : routes) {
      String whyNot = route.whyNot(sni, offered, agreed, client);
      looks.add(new Look(route, whyNot));
      if (whyNot == null) {
        break;
      }
    }
    return looks;
  }

  private @Nullable String agreed(@Nullable String sni, List<String> offered) {
    for (String protocol : negotiable.with(sni)) {
      if (offered.contains(protocol)) {
        return protocol;
      }
    }
    return null;
  }
}
