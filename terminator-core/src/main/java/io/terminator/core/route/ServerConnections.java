package io.terminator.core.route;

/** Closes the connections to a server on every worker. Any thread; asynchronous, does not wait. */
public interface ServerConnections {
  void close(Server server, String why);

  /** Closes the connections that are kept for later requests, and no others. */
  void closeIdle(Server server);

  /** Closes nothing. */
  ServerConnections NONE =
      new ServerConnections() {
        @Override
        public void close(Server server, String why) {
          // No connection.
        }

        @Override
        public void closeIdle(Server server) {
          // No connection.
        }
      };
}
