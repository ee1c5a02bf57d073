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
 * The checks of one backend. {@code checker} is a worker that carries no connection, so that neither delays the other. The
 * methods are for any thread.
 */
public final class HealthChecks implements AutoCloseable {
  private final Worker checker;
  private final BackendPool pool;
  private final CheckConfig config;
  private final ConnectConfig connect;
  private final @Nullable BackendLayer layer;

  /** By address; the checker's own. */
  private final Map<Server, ServerCheck> checks = new IdentityHashMap<>();

  private volatile boolean closed;

  /** {@code layer} is what is spoken above TCP where {@code config} says TLS. */
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

  /** The pool's servers may be others now: those that are new are checked at once, those that are gone no more. */
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

  /** No check is begun any more; servers keep the health that they have. */
  @Override
  public void close() {
    closed = true;
    refresh();
  }
}
