package io.terminator.core.route;

import io.terminator.core.flow.Connection;
import io.terminator.core.flow.Leg;
import io.terminator.core.handshake.Secured;

/** The selected backend with the order in which its servers are tried; {@code leg} is the try. */
public record Routed(Secured secured, BackendPool pool, ServerPicker servers, Leg leg) {
  public Connection connection() {
    return secured.connection();
  }
}
