package io.terminator.core.route;

import io.terminator.core.chain.Protection;
import io.terminator.core.flow.Connection;
import io.terminator.core.handshake.Secured;
import io.terminator.core.phase.CloseReason;
import io.terminator.core.phase.Phase;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
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

  /** {@code sni} is lower case without a trailing dot; null where the client named no server. */
  public @Nullable Route find(@Nullable String sni, List<String> offered, SocketAddress client) {
    String agreed = agreed(sni, offered);
    for (Route route : routes) {
      if (route.matches(sni, offered, agreed, client)) {
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

  public void choose(Secured secured, Consumer<Routed> next) {
    Connection connection = secured.connection();
    connection.enter(Phase.ROUTE);
    Protection protection = secured.protection();
    Route route = find(protection.sni(), protection.offeredAlpn(), connection.clientAddress());
    if (route == null) {
      connection.end(CloseReason.NO_ROUTE, "no route matches and the listener has no backend");
      return;
    }
    BackendPool pool = route.pool();
    connection.routed(pool.name());
    next.accept(
        new Routed(secured, pool, pool.choose(connection.worker(), connection.clientAddress())));
  }
}
