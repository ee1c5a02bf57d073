package io.terminator.core.route;

import java.util.List;

/**
 * A backend's servers at one moment. {@code panic} says that so few are up that the checks are not believed; {@code
 * lastResort} that a server which is down is tried before a client is turned away. Immutable.
 */
record Members(List<Server> servers, boolean panic, boolean lastResort) {
  Members {
    servers = List.copyOf(servers);
  }

  static Members of(List<Server> servers) {
    return of(servers, 1);
  }

  /** {@code threshold} is the percentage of servers that must be up for the checks to be believed. */
  static Members of(List<Server> servers, int threshold) {
    int ready = 0;
    int up = 0;
    for (Server server : servers) {
      Standing standing = server.standing();
      if (standing.state() == ServerState.READY) {
        ready++;
        up += standing.isUsable() ? 1 : 0;
      }
    }
    return new Members(servers, up * 100L < (long) threshold * ready, threshold > 0);
  }
}
