package io.terminator.core.route;

import io.terminator.core.flow.Connection;
import io.terminator.core.handshake.Secured;

/** A backend is chosen, and within it the order in which its servers are tried. */
public record Routed(Secured secured, BackendPool pool, ServerPicker servers) {
  public Connection connection() {
    return secured.connection();
  }
}
