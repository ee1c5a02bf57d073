package io.terminator.core.http.h2;

import io.terminator.core.chain.BackendLayer;
import io.terminator.core.chain.ByteStream;
import io.terminator.core.connect.BackendConnection;
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
import io.terminator.core.route.BackendPool;
import io.terminator.core.route.Server;
import io.terminator.core.worker.Worker;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Servers that speak HTTP/2 from the first byte (prior knowledge, RFC 9113 section 3.3). The
 * requests of all clients of a worker share its connections to a server. Immutable, any worker.
 */
public final class H2Backends extends KeptBackends {
  /** {@code kept} has the backends whose connections are kept differently from the default. */
  public H2Backends(
      Connector connector,
      Map<String, KeptConfig> kept,
      ExchangeConfig config,
      RelayConfig.Watermarks watermarks) {
    super(connector, kept, config, watermarks);
  }

  @Override
  public boolean canUpgrade(BackendPool pool) {
    return false;
  }

  @Override
  public Opening opening(Secured client, KeptConfig keeping, Leg leg, Backends.Caller caller) {
    return new Request(client, keeping, leg, caller);
  }

  private final class Request implements Opening {
    private final Connection connection;
    private final Secured client;
    private final Worker worker;
    private final H2Servers servers;
    private final KeptConfig keeping;
    private final Leg leg;
    private final Backends.Caller caller;
    private H2Servers.@Nullable Place place;
    private @Nullable H2Stream shared;

    Request(Secured client, KeptConfig keeping, Leg leg, Backends.Caller caller) {
      this.client = client;
      this.connection = leg.connection();
      this.worker = connection.worker();
      this.servers = worker.part(H2Servers.class, H2Servers::new);
      this.keeping = keeping;
      this.leg = leg;
      this.caller = caller;
    }

    @Override
    public @Nullable ByteStream take(Server server, @Nullable BackendLayer layer) {
      H2Servers.Place wanted =
          new H2Servers.Place(
              server,
              connection.traffic(),
              layer,
              layer == null ? null : layer.variant(client.protection()));
      place = wanted;
      H2Server open = caller.needsNew() ? null : servers.find(wanted, !caller.mayRepeat());
      if (open == null) {
        return null;
      }
      H2Stream stream = open.open();
      shared = stream;
      return new H2Leaf(stream, open.stream());
    }

    @Override
    public void onValue(Connected connected) {
      H2Stream stream = shared;
      if (stream != null) {
        stream.serve(connected.server(), connection);
        caller.onOpen(stream, connected.server().target(), true);
        return;
      }
      H2Server made =
          new H2Server(
              H2Shared.of(worker),
              connected.server().target(),
              connected.backend(),
              H2Limits.of(config, watermarks, keeping),
              servers,
              place);
      made.begin();
      H2Stream first = made.open();
      // The connection is no longer this leg's: it outlives the leg, and others use it.
      BackendConnection part = connected.server().over(new H2Leaf(first, connected.backend()));
      leg.to(part);
      first.serve(part, connection);
      caller.onOpen(first, part.target(), false);
    }

    @Override
    public void onFailed(Connection dialled, Failed why) {
      caller.onFailed(why);
    }
  }
}
