package io.terminator.core.http;

import io.terminator.core.flow.Leg;
import io.terminator.core.handshake.Secured;
import io.terminator.core.http.exchange.Backends;
import io.terminator.core.route.BackendPool;
import java.util.Map;

/** Backends that speak different versions of HTTP with their servers. Immutable, any worker. */
public final class BackendsByName implements Backends {
  private final Map<String, Backends> named;
  private final Backends others;

  public BackendsByName(Map<String, Backends> named, Backends others) {
    this.named = Map.copyOf(named);
    this.others = others;
  }

  @Override
  public void open(Secured client, BackendPool pool, Leg leg, boolean fresh, Outcome outcome) {
    named.getOrDefault(pool.name(), others).open(client, pool, leg, fresh, outcome);
  }
}
