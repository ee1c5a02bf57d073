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
    if (reached == Phase.HANDSHAKE && reason != CloseReason.PROBE && !reason.isRefusal()) {
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
    if (isCleanForBackend(reason)) {
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
        switch (endingFor(reason)) {
          case FINISHED -> () -> finish(outermost);
          case ALERTED -> () -> new LingeringClose(socket).begin();
          case RESET -> () -> DelayedReset.abort(outermost);
          case CUT -> outermost::abort;
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

  /** How a client learns of its end. */
  private enum ClientEnding {
    /** close_notify if it was not sent yet, then FIN. */
    FINISHED,
    /** An alert or a plain answer is on its way; what the client still sends must not destroy it. */
    ALERTED,
    /** A reset, once what was sent before has arrived. */
    RESET,
    /** A reset at once: what waits for it is what others need. */
    CUT
  }

  private static ClientEnding endingFor(CloseReason reason) {
    return switch (reason) {
      case CLIENT_CLOSED, BACKEND_CLOSED, IDLE, LIFETIME, DRAINED, ADMIN, PROBE ->
          ClientEnding.FINISHED;
      case HANDSHAKE_FAILED, PLAIN_HTTP, NO_ROUTE, CLIENT_PROTOCOL -> ClientEnding.ALERTED;
      case CLIENT_RESET,
          BACKEND_RESET,
          CLIENT_TRUNCATED,
          BACKEND_TRUNCATED,
          BACKEND_PROTOCOL,
          PROXY_HEADER_INVALID,
          PROXY_HEADER_TIMEOUT,
          CLIENT_HELLO_TIMEOUT,
          HANDSHAKE_TIMEOUT,
          HANDSHAKE_ABORTED,
          NO_BACKEND,
          CONNECT_FAILED,
          CONNECT_TIMEOUT,
          QUEUE_FULL,
          QUEUE_TIMEOUT,
          BACKEND_HANDSHAKE_FAILED,
          BACKEND_UNTRUSTED,
          SERVER_DOWN,
          CLIENT_LEFT,
          HALF_CLOSE_TIMEOUT,
          LIMITED,
          CAPACITY,
          DENIED,
          INTERNAL ->
          ClientEnding.RESET;
      case OVERLOAD -> ClientEnding.CUT;
    };
  }

  private static boolean isCleanForBackend(CloseReason reason) {
    return switch (reason) {
      case CLIENT_CLOSED, BACKEND_CLOSED, IDLE, LIFETIME, DRAINED, ADMIN -> true;
      case CLIENT_RESET,
          BACKEND_RESET,
          CLIENT_TRUNCATED,
          BACKEND_TRUNCATED,
          CLIENT_PROTOCOL,
          BACKEND_PROTOCOL,
          PROBE,
          PROXY_HEADER_INVALID,
          PROXY_HEADER_TIMEOUT,
          CLIENT_HELLO_TIMEOUT,
          HANDSHAKE_TIMEOUT,
          HANDSHAKE_FAILED,
          HANDSHAKE_ABORTED,
          PLAIN_HTTP,
          NO_ROUTE,
          NO_BACKEND,
          CONNECT_FAILED,
          CONNECT_TIMEOUT,
          QUEUE_FULL,
          QUEUE_TIMEOUT,
          BACKEND_HANDSHAKE_FAILED,
          BACKEND_UNTRUSTED,
          SERVER_DOWN,
          CLIENT_LEFT,
          HALF_CLOSE_TIMEOUT,
          LIMITED,
          CAPACITY,
          DENIED,
          OVERLOAD,
          INTERNAL ->
          false;
    };
  }
}
