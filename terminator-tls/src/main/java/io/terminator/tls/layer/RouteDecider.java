package io.terminator.tls.layer;

import io.terminator.core.phase.CloseReason;
import io.terminator.core.route.Route;
import io.terminator.core.route.RouteMode;
import io.terminator.core.route.RouteTable;
import io.terminator.tls.clienthello.ClientHello;
import java.net.SocketAddress;

/** Looks up the route first: only who is going to be terminated is asked for a certificate. Any worker. */
public final class RouteDecider implements HelloDecider {
  private final RouteTable routes;
  private final HelloDecider terminating;

  /** {@code terminating} decides on clients of routes that terminate. */
  public RouteDecider(RouteTable routes, HelloDecider terminating) {
    this.routes = routes;
    this.terminating = terminating;
  }

  @Override
  public Decision decide(ClientHello hello, SocketAddress client) {
    Route route = routes.find(hello.serverName(), hello.alpn(), client);
    if (route == null) {
      return new Decision.Refuse(
          Decision.Alert.UNRECOGNIZED_NAME,
          "no_route",
          "no route matches and the listener has no backend; add a route or a backend to it",
          CloseReason.NO_ROUTE);
    }
    return route.mode() == RouteMode.PASSTHROUGH
        ? new Decision.PassThrough()
        : terminating.decide(hello, client);
  }
}
