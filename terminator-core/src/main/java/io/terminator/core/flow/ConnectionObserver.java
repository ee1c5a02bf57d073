package io.terminator.core.flow;

import io.terminator.core.phase.CloseReason;
import io.terminator.core.phase.Phase;

/** Told of connections, on their worker: must not wait, must not keep {@code connection}. */
public interface ConnectionObserver {
  /** Looks away. */
  ConnectionObserver NONE = (connection, reached, reason, detail) -> {};

  /** Tells {@code first}, then {@code second}. */
  static ConnectionObserver both(ConnectionObserver first, ConnectionObserver second) {
    return new ConnectionObserver() {
      @Override
      public void onClosed(
          Connection connection, Phase reached, CloseReason reason, String detail) {
        first.onClosed(connection, reached, reason, detail);
        second.onClosed(connection, reached, reason, detail);
      }

      @Override
      public void onLiving(Connection connection) {
        first.onLiving(connection);
        second.onLiving(connection);
      }

      @Override
      public void onWorkerGone() {
        first.onWorkerGone();
        second.onWorkerGone();
      }
    };
  }

  /** It lives on, longer than most: told now and then. */
  default void onLiving(Connection connection) {}

  /** The worker is gone and no call will follow. Not on a worker; may wait. */
  default void onWorkerGone() {}

  void onClosed(Connection connection, Phase reached, CloseReason reason, String detail);
}
