package io.terminator.core.route;

/** Closes the connections to a server on every worker. Any thread; asynchronous, does not wait. */
public interface ServerConnections {
  void close(Server server, String why);

  /** Closes nothing. */
  ServerConnections NONE = (server, why) -> {};
}
