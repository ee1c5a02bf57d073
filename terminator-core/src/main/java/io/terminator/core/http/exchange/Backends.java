package io.terminator.core.http.exchange;

import io.terminator.core.flow.Leg;
import io.terminator.core.handshake.Secured;
import io.terminator.core.phase.Failed;
import io.terminator.core.route.BackendPool;
import io.terminator.core.route.Server;
import org.jspecify.annotations.Nullable;

/** Opens the streams on which requests are sent to servers. Immutable, any worker. */
public interface Backends {

  /**
   * Opens a stream to a server of {@code pool} for {@code leg}. The outcome may be passed on before
   * this returns; no outcome follows if the leg ends first.
   */
  void open(Secured client, BackendPool pool, Leg leg, Caller caller);

  /** Whether a request to {@code pool} can switch protocols. */
  default boolean canUpgrade(BackendPool pool) {
    return true;
  }

  /** The request that needs a stream: what it needs, and one of the two outcomes. */
  interface Caller {
    /** Whether a kept connection must not be used. */
    boolean needsNew();

    /** The server to try first, if it is up; null leaves it to load balancing. */
    @Nullable Server preferred();

    /**
     * Whether the request can be sent again if a kept connection ends without an answer. Otherwise
     * it needs one that its server has not closed.
     */
    boolean mayRepeat();

    /** Whether the request asks to switch protocols. */
    boolean isUpgrade();

    /** {@code reused}: the connection has carried a request before. */
    void onOpen(HttpStream stream, Server server, boolean reused);

    void onFailed(Failed why);
  }
}
