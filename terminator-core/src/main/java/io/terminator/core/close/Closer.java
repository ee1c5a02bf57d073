package io.terminator.core.close;

import io.terminator.core.conversation.Finished;
import io.terminator.core.flow.Closed;
import io.terminator.core.flow.Connection;
import io.terminator.core.flow.ConnectionObserver;
import io.terminator.core.flow.LiveConnections;
import io.terminator.core.phase.Blame;
import io.terminator.core.phase.CloseReason;
import io.terminator.core.phase.Failed;

/**
 * The single exit of a connection: ends and releases its legs and its client side once, and passes
 * its record to the observer. A clean end is a FIN and any other end is a reset, so that a peer
 * cannot mistake a broken transfer for a complete one. One per worker; worker thread only.
 */
public final class Closer implements Connection.Ending {
  private final LiveConnections live;
  private final ConnectionObserver observer;

  public Closer(LiveConnections live, ConnectionObserver observer) {
    this.live = live;
    this.observer = observer;
  }

  public void close(Finished finished) {
    CloseReason reason = finished.reason();
    close(
        finished.connection(),
        reason,
        finished.detail(),
        reason.blame(),
        reason.label(),
        finished.ending());
  }

  @Override
  public void end(Connection connection, Failed why) {
    close(connection, why.reason(), why.detail(), why.blame(), why.label(), why.reason());
  }

  private void close(
      Connection connection,
      CloseReason reason,
      String detail,
      Blame blame,
      String label,
      CloseReason ending) {
    if (connection.isClosed()) {
      return;
    }
    Closed closed = new Closed(connection.phase(), reason, detail, blame, label);
    if (closed.isFailedHandshake()) {
      connection.counters().failure(label);
    }
    connection.toClosed(ending.isClean(), () -> endClient(connection, ending));
    live.remove(connection);
    connection.traffic().closes().add(reason);
    connection.guarded(() -> observer.onClosed(connection, closed), null);
  }

  private static void endClient(Connection connection, CloseReason ending) {
    switch (ending.ending()) {
      case FINISH -> connection.finishClient();
      case LINGER -> new LingeringClose(connection.clientSocket()).begin();
      case RESET -> DelayedReset.abort(connection.client());
      case ABORT -> connection.client().abort();
    }
  }
}
