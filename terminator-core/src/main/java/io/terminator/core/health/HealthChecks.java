package io.terminator.core.health;

import io.terminator.core.chain.BackendLayer;
import io.terminator.core.connect.CheckConfig;
import io.terminator.core.connect.ConnectConfig;
import io.terminator.core.route.BackendPool;
import io.terminator.core.route.Server;
import io.terminator.core.worker.Worker;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The health checks of one backend. {@code checker} is a worker without connections, so that checks
 * and connections do not delay each other. The methods may be called from any thread.
 */
public final class HealthChecks implements AutoCloseable {
  private final Worker checker;
  private final BackendPool pool;
  private final CheckConfig config;
  private final ConnectConfig connect;
  private final @Nullable BackendLayer layer;

  /** By address; used only on the checker. */
  private final Map<Server, ServerCheck> checks = new IdentityHashMap<>();

  private volatile boolean closed;

  /** {@code layer} is the protocol above TCP if {@code config} requires TLS. */
  public HealthChecks(
      Worker checker,
      BackendPool pool,
      CheckConfig config,
      ConnectConfig connect,
      @Nullable BackendLayer layer) {
    this.checker = checker;
    this.pool = pool;
    this.config = config;
    this.connect = connect;
    this.layer = layer;
  }

  /**
   * Updates the checks after a change of the pool's servers: new servers are checked immediately,
   * removed ones no longer.
   */
  public void refresh() {
    checker.execute(this::sync);
  }

  private void sync() {
    Set<Server> now = closed ? Set.of() : Set.copyOf(pool.servers());
    checks
        .entrySet()
        .removeIf(
            entry -> {
              boolean gone = !now.contains(entry.getKey());
              if (gone) {
                entry.getValue().stop();
              }
              return gone;
            });
    for (Server server : now) {
      if (!checks.containsKey(server)) {
        ServerCheck check = new ServerCheck(checker, pool, server, config, connect, layer);
        checks.put(server, check);
        check.start();
      }
    }
  }

  /** Starts no more checks; servers keep their current health. */
  @Override
  public void close() {
    closed = true;
    refresh();
  }
}
