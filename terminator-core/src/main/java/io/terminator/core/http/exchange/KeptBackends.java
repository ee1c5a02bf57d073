package io.terminator.core.http.exchange;

import io.terminator.core.connect.Connected;
import io.terminator.core.connect.Connector;
import io.terminator.core.connect.KeptConfig;
import io.terminator.core.flow.Leg;
import io.terminator.core.flow.Next;
import io.terminator.core.handshake.Secured;
import io.terminator.core.relay.RelayConfig;
import io.terminator.core.route.BackendPool;
import io.terminator.core.route.Routed;
import java.util.Map;

/**
 * Servers whose connections are kept: each request selects a server anew and is sent over an open
 * connection if there is one. The protocol decides what of a connection a request takes. Immutable,
 * any worker.
 */
public abstract class KeptBackends implements Backends {
  protected final ExchangeConfig config;
  protected final RelayConfig.Watermarks watermarks;
  private final Connector connector;
  private final Map<String, KeptConfig> kept;

  /** {@code kept} has the backends whose connections are kept differently from the default. */
  protected KeptBackends(
      Connector connector,
      Map<String, KeptConfig> kept,
      ExchangeConfig config,
      RelayConfig.Watermarks watermarks) {
    this.connector = connector;
    this.kept = Map.copyOf(kept);
    this.config = config;
    this.watermarks = watermarks;
  }

  /** One request on its way to a server: takes a kept connection, or receives a new one. */
  public interface Opening extends Connector.Kept, Next<Connected> {}

  public abstract Opening opening(Secured client, KeptConfig keeping, Leg leg, Caller caller);

  @Override
  public void open(Secured client, BackendPool pool, Leg leg, Caller caller) {
    KeptConfig keeping = kept.getOrDefault(pool.name(), KeptConfig.DEFAULT);
    Opening opening = opening(client, keeping, leg, caller);
    connector.open(
        new Routed(
            client,
            pool,
            pool.choose(
                client.connection().worker(),
                client.connection().clientAddress(),
                caller.preferred()),
            leg),
        opening,
        opening);
  }
}
