package io.terminator.core.route;

import io.terminator.core.flow.Progress;
import io.terminator.core.handshake.Secured;

/** A backend is chosen, and within it the order in which its servers are tried. */
public record Routed(Secured secured, BackendPool pool, ServerPicker servers) {
  public Progress progress() {
    return secured.progress();
  }
}
