package io.terminator.core.http.h1;

import io.terminator.core.chain.BackendLayer;
import io.terminator.core.chain.ByteStream;
import io.terminator.core.chain.Protection;
import io.terminator.core.connect.Connected;
import io.terminator.core.connect.Connector;
import io.terminator.core.connect.KeptConfig;
import io.terminator.core.flow.Connection;
import io.terminator.core.flow.Leg;
import io.terminator.core.handshake.Secured;
import io.terminator.core.http.exchange.Backends;
import io.terminator.core.http.exchange.ExchangeConfig;
import io.terminator.core.http.exchange.KeptBackends;
import io.terminator.core.phase.Failed;
import io.terminator.core.relay.RelayConfig;
import io.terminator.core.route.Server;
import io.terminator.core.worker.Worker;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Servers that speak HTTP/1.1, over kept connections or new ones. Immutable, any worker. */
public final class H1Backends extends KeptBackends {
  /** {@code kept} has the backends whose connections are kept differently from the default. */
  public H1Backends(
      Connector connector,
      Map<String, KeptConfig> kept,
      ExchangeConfig config,
      RelayConfig.Watermarks watermarks) {
    super(connector, kept, config, watermarks);
  }

  @Override
  public Opening opening(Secured client, KeptConfig keeping, Leg leg, Backends.Caller caller) {
    return new Request(client, keeping, leg, caller);
  }

  private final class Request implements Opening {
    private final Connection connection;
    private final Protection protection;
    private final KeptConnections connections;
    private final KeptConfig keeping;
    private final Backends.Caller caller;
    private KeptConnections.@Nullable Place place;
    private @Nullable H1Backend reused;

    Request(Secured client, KeptConfig keeping, Leg leg, Backends.Caller caller) {
      this.connection = leg.connection();
      this.protection = client.protection();
      Worker worker = connection.worker();
      this.connections = worker.part(KeptConnections.class, KeptConnections::new);
      this.keeping = keeping;
      this.caller = caller;
    }

    @Override
    public @Nullable ByteStream take(Server server, @Nullable BackendLayer layer) {
      KeptConnections.Place wanted =
          new KeptConnections.Place(
              server,
              connection.traffic(),
              layer,
              layer == null ? null : layer.variant(protection),
              keeping);
      place = wanted;
      H1Backend taken = caller.needsNew() ? null : connections.take(wanted, !caller.mayRepeat());
      reused = taken;
      return taken == null ? null : taken.stream;
    }

    @Override
    public void onValue(Connected connected) {
      H1Backend taken = reused;
      H1Backend used =
          taken != null
              ? taken
              : new H1Backend(connected.backend(), config, watermarks, connections, place);
      used.use(connected.server(), connection);
      caller.onOpen(used, connected.server().target(), taken != null);
    }

    @Override
    public void onFailed(Connection dialled, Failed why) {
      caller.onFailed(why);
    }
  }
}
