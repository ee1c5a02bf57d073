package io.terminator.core.http;

import io.terminator.core.chain.BackendLayer;
import io.terminator.core.chain.ByteStream;
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
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Servers that select HTTP/2 or HTTP/1.1 by ALPN, each connection anew. A request that switches
 * protocols needs HTTP/1.1 and is sent to {@code upgrades}. Immutable, any worker.
 */
public final class NegotiatedBackends extends KeptBackends {
  private static final String HTTP_2 = HttpProtocol.HTTP_2.alpn();

  private final KeptBackends http1;
  private final KeptBackends http2;
  private final Backends upgrades;

  /**
   * {@code connector} offers both protocols. {@code http1} and {@code http2} take over what it
   * opened, and open nothing themselves.
   */
  public NegotiatedBackends(
      Connector connector,
      Map<String, KeptConfig> kept,
      ExchangeConfig config,
      RelayConfig.Watermarks watermarks,
      KeptBackends http1,
      KeptBackends http2,
      Backends upgrades) {
    super(connector, kept, config, watermarks);
    this.http1 = http1;
    this.http2 = http2;
    this.upgrades = upgrades;
  }

  @Override
  public void open(Secured client, BackendPool pool, Leg leg, Caller caller) {
    if (caller.isUpgrade()) {
      upgrades.open(client, pool, leg, caller);
    } else {
      super.open(client, pool, leg, caller);
    }
  }

  @Override
  public Opening opening(Secured client, KeptConfig keeping, Leg leg, Caller caller) {
    return new Request(
        http1.opening(client, keeping, leg, caller), http2.opening(client, keeping, leg, caller));
  }

  private static final class Request implements Opening {
    private final Opening overHttp1;
    private final Opening overHttp2;
    private @Nullable Opening reused;

    Request(Opening overHttp1, Opening overHttp2) {
      this.overHttp1 = overHttp1;
      this.overHttp2 = overHttp2;
    }

    @Override
    public @Nullable ByteStream take(Server server, @Nullable BackendLayer layer) {
      reused = overHttp2;
      ByteStream taken = overHttp2.take(server, layer);
      if (taken == null) {
        reused = overHttp1;
        taken = overHttp1.take(server, layer);
      }
      if (taken == null) {
        reused = null;
      }
      return taken;
    }

    @Override
    public void onValue(Connected connected) {
      Opening by = reused;
      if (by == null) {
        by = HTTP_2.equals(connected.backend().alpn()) ? overHttp2 : overHttp1;
      }
      by.onValue(connected);
    }

    @Override
    public void onFailed(Connection dialled, Failed why) {
      overHttp1.onFailed(dialled, why);
    }
  }
}
