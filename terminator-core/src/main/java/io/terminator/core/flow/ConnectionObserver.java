package io.terminator.core.flow;

/** Told of connections, on their worker: must not wait, must not keep {@code connection}. */
public interface ConnectionObserver {
  /** Looks away. */
  ConnectionObserver NONE = (connection, closed) -> {};

  /** Tells {@code first}, then {@code second}. */
  static ConnectionObserver both(ConnectionObserver first, ConnectionObserver second) {
    return new ConnectionObserver() {
      @Override
      public void onClosed(Connection connection, Closed closed) {
        first.onClosed(connection, closed);
        second.onClosed(connection, closed);
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

  /** It has ended; its legs have too, and can still be read. */
  void onClosed(Connection connection, Closed closed);
}
