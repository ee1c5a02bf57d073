package io.terminator.core.close;

import io.terminator.core.chain.ByteStream;
import io.terminator.core.chain.LayerSession;
import io.terminator.core.chain.TcpStream;
import io.terminator.core.flow.Connection;
import io.terminator.core.flow.ConnectionObserver;
import io.terminator.core.flow.LiveConnections;
import io.terminator.core.flow.Slot;
import io.terminator.core.phase.CloseReason;
import io.terminator.core.phase.Phase;
import io.terminator.core.relay.Relayed;
import org.jspecify.annotations.Nullable;

/**
 * The one exit of a connection: whatever it reached is closed and released, once, and its record handed to the observer.
 * Ends stay what they were: a clean one is a FIN, anything else a reset, so that nobody takes a broken transfer for a
 * whole one. One a worker; worker thread only.
 */
public final class Closer implements Connection.Ending {
  private final LiveConnections live;
  private final ConnectionObserver observer;

  public Closer(LiveConnections live, ConnectionObserver observer) {
    this.live = live;
    this.observer = observer;
  }

  public void close(Relayed relayed) {
    end(relayed.connected().connection(), relayed.reason(), relayed.detail(), relayed.ending());
  }

  @Override
  public void end(Connection connection, CloseReason reason, String detail) {
    end(connection, reason, detail, reason);
  }

  private void end(Connection connection, CloseReason reason, String detail, CloseReason ending) {
    if (connection.isClosed()) {
      return;
    }
    Phase reached = connection.phase();
    if (reached == Phase.HANDSHAKE && reason.isLogged(reached)) {
      LayerSession session = connection.session();
      String label = session == null ? "" : session.failureLabel();
      connection.tally().failure(label.isEmpty() ? reason.label() : label);
    }
    connection.toClosed();
    // Each step whatever became of the one before: what is left out here is lost until the process
    // ends.
    closeBackend(connection, ending);
    closeClient(connection, ending);
    Slot slot = connection.slot();
    if (slot != null) {
      guarded(connection, slot::release);
    }
    live.remove(connection);
    connection.worker().closes().add(reason);
    guarded(connection, () -> observer.onClosed(connection, reached, reason, detail));
  }

  private void closeBackend(Connection connection, CloseReason reason) {
    ByteStream backend = connection.backend();
    if (backend == null) {
      return;
    }
    if (reason.isClean()) {
      guarded(connection, () -> finish(backend), backend);
    } else {
      backend.abort();
    }
    guarded(connection, backend::release);
  }

  /** A clean end where everything left; what still waits would be missing without a trace, so then it is a reset. */
  private static void finish(ByteStream stream) {
    if (stream.pendingOutput() > 0) {
      stream.abort();
      return;
    }
    if (!stream.isOutputFinished()) {
      stream.finishOutput(true);
    }
    stream.close();
  }

  private void closeClient(Connection connection, CloseReason reason) {
    TcpStream socket = connection.clientSocket();
    LayerSession session = connection.session();
    ByteStream client = connection.client();
    ByteStream outermost = client == null ? socket : client;
    Runnable ending =
        switch (reason.ending()) {
          case FINISH -> () -> finish(outermost);
          case LINGER -> () -> new LingeringClose(socket).begin();
          case RESET -> () -> DelayedReset.abort(outermost);
          case ABORT -> outermost::abort;
        };
    guarded(connection, ending, socket);
    if (session != null) {
      guarded(connection, session::release);
    }
    if (client != null) {
      guarded(connection, client::release);
    }
  }

  private static void guarded(Connection connection, Runnable step) {
    guarded(connection, step, null);
  }

  /** {@code stream}, if any, is reset where {@code step} could not end it. */
  private static void guarded(Connection connection, Runnable step, @Nullable ByteStream stream) {
    try {
      step.run();
    } catch (Throwable fault) {
      connection.worker().faults().report(connection.id(), Phase.CLOSE, fault);
      if (stream != null) {
        stream.abort();
      }
    }
  }
}
