package io.terminator.core.flow;

/**
 * Receives the events of connections, on their worker. Must not wait and must not keep {@code
 * connection}.
 */
public interface ConnectionObserver {
  /** Ignores all events. */
  ConnectionObserver NONE = (connection, closed) -> {};

  /** Calls {@code first}, then {@code second}. */
  static ConnectionObserver both(ConnectionObserver first, ConnectionObserver second) {
    return new ConnectionObserver() {
      @Override
      public void onSecured(Connection connection) {
        first.onSecured(connection);
        second.onSecured(connection);
      }

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

  /** The handshake is complete, or the ClientHello of a connection that is passed through. */
  default void onSecured(Connection connection) {}

  /** The connection is long and still open; called at intervals. */
  default void onLiving(Connection connection) {}

  /** The worker has ended and no call follows. Not on a worker; may wait. */
  default void onWorkerGone() {}

  /** The connection and its legs have ended but can still be read. */
  void onClosed(Connection connection, Closed closed);
}
