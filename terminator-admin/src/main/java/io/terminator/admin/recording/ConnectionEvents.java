package io.terminator.admin.recording;

import io.terminator.core.flow.Closed;
import io.terminator.core.flow.Connection;
import io.terminator.core.flow.ConnectionObserver;

/**
 * Passes the events of connections to the recording of their worker, if one runs. Stateless, any
 * worker.
 */
public final class ConnectionEvents implements ConnectionObserver {
  private static ConnectionObserver recording(Connection connection) {
    return connection.worker().recorder() instanceof ConnectionObserver recording
        ? recording
        : ConnectionObserver.NONE;
  }

  @Override
  public void onSecured(Connection connection) {
    recording(connection).onSecured(connection);
  }

  @Override
  public void onClosed(Connection connection, Closed closed) {
    recording(connection).onClosed(connection, closed);
  }
}
