package io.terminator.core.route;

import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which backend a client goes to: the first route that matches. All it looks at stands in the ClientHello, so that the
 * answer before the handshake, which decides between terminating and passing through, is the one after it. Immutable, any
 * worker.
 */
public final class RouteTable {
  private final List<Route> routes;
  private final Negotiable negotiable;

  /** What the listener agrees to by ALPN with a client that asks for {@code sni}, the preferred protocol first. */
  public interface Negotiable {
    List<String> with(@Nullable String sni);
  }

  public RouteTable(List<Route> routes, Negotiable negotiable) {
    this.routes = List.copyOf(routes);
    this.negotiable = negotiable;
  }

  /** The same protocols, the preferred first, whatever the name. */
  public RouteTable(List<Route> routes, List<String> negotiable) {
    this(routes, sni -> negotiable);
  }

  /** Everything to one backend. */
  public RouteTable(BackendPool all) {
    this(List.of(new Route(RouteConfig.toAll(all.name()), all)), List.of());
  }

  /**
   * The first route that takes such a client, which has no effect. {@code sni} is lower case without a trailing dot; null where
   * the client named no server.
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

  /** A route that was looked at; {@code whyNot} is null for the one that takes the client. */
  public record Look(Route route, @Nullable String whyNot) {}

  /** What {@link #find} looks at for such a client, in order. */
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
