package io.terminator.core.close;

import io.terminator.core.chain.ByteStream;
import io.terminator.core.chain.LayerSession;
import io.terminator.core.chain.TcpStream;
import io.terminator.core.flow.ConnectionObserver;
import io.terminator.core.flow.LiveConnections;
import io.terminator.core.flow.Progress;
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
public final class Closer implements Progress.Ending {
  private final LiveConnections live;
  private final ConnectionObserver observer;

  public Closer(LiveConnections live, ConnectionObserver observer) {
    this.live = live;
    this.observer = observer;
  }

  public void close(Relayed relayed) {
    end(relayed.connected().progress(), relayed.reason(), relayed.detail(), relayed.ending());
  }

  @Override
  public void end(Progress progress, CloseReason reason, String detail) {
    end(progress, reason, detail, reason);
  }

  private void end(Progress progress, CloseReason reason, String detail, CloseReason ending) {
    if (progress.isClosed()) {
      return;
    }
    Phase reached = progress.phase();
    if (reached == Phase.HANDSHAKE && reason.isLogged(reached)) {
      LayerSession session = progress.session();
      String label = session == null ? "" : session.failureLabel();
      progress.tally().failure(label.isEmpty() ? reason.label() : label);
    }
    progress.toClosed();
    // Each step whatever became of the one before: what is left out here is lost until the process
    // ends.
    closeBackend(progress, ending);
    closeClient(progress, ending);
    Slot slot = progress.slot();
    if (slot != null) {
      guarded(progress, slot::release);
    }
    live.remove(progress);
    progress.worker().closes().add(reason);
    guarded(progress, () -> observer.onClosed(progress, reached, reason, detail));
  }

  private void closeBackend(Progress progress, CloseReason reason) {
    ByteStream backend = progress.backend();
    if (backend == null) {
      return;
    }
    if (reason.isClean()) {
      guarded(progress, () -> finish(backend), backend);
    } else {
      backend.abort();
    }
    guarded(progress, backend::release);
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

  private void closeClient(Progress progress, CloseReason reason) {
    TcpStream socket = progress.clientSocket();
    LayerSession session = progress.session();
    ByteStream client = progress.client();
    ByteStream outermost = client == null ? socket : client;
    Runnable ending =
        switch (reason.ending()) {
          case FINISH -> () -> finish(outermost);
          case LINGER -> () -> new LingeringClose(socket).begin();
          case RESET -> () -> DelayedReset.abort(outermost);
          case ABORT -> outermost::abort;
        };
    guarded(progress, ending, socket);
    if (session != null) {
      guarded(progress, session::release);
    }
    if (client != null) {
      guarded(progress, client::release);
    }
  }

  private static void guarded(Progress progress, Runnable step) {
    guarded(progress, step, null);
  }

  /** {@code stream}, if any, is reset where {@code step} could not end it. */
  private static void guarded(Progress progress, Runnable step, @Nullable ByteStream stream) {
    try {
      step.run();
    } catch (Throwable fault) {
      progress.worker().faults().report(progress.id(), Phase.CLOSE, fault);
      if (stream != null) {
        stream.abort();
      }
    }
  }
}
