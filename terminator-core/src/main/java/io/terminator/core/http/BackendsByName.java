package io.terminator.core.http;

import io.terminator.core.flow.Leg;
import io.terminator.core.handshake.Secured;
import io.terminator.core.http.exchange.Backends;
import io.terminator.core.route.BackendPool;
import java.util.Map;
import java.util.Objects;

/** Backends that speak different versions of HTTP with their servers. Immutable, any worker. */
public final class BackendsByName implements Backends {
  private final Map<String, Backends> named;

  public BackendsByName(Map<String, Backends> named) {
    this.named = Map.copyOf(named);
  }

  @Override
  public void open(Secured client, BackendPool pool, Leg leg, Caller caller) {
    of(pool).open(client, pool, leg, caller);
  }

  @Override
  public boolean canUpgrade(BackendPool pool) {
    return of(pool).canUpgrade(pool);
  }

  private Backends of(BackendPool pool) {
    return Objects.requireNonNull(named.get(pool.name()));
  }
}
