package io.terminator.core.route;

import java.util.List;

/**
 * A backend's servers at one moment. {@code panic} says that so few are up that the checks are not believed; {@code
 * lastResort} that a server which is down is tried before a client is turned away. Immutable.
 */
record ServerSet(List<Server> servers, boolean panic, boolean lastResort) {
  ServerSet {
    servers = List.copyOf(servers);
  }

  static ServerSet of(List<Server> servers) {
    return of(servers, 1);
  }

  /** {@code threshold} is the percentage of servers that must be up for the checks to be believed. */
  static ServerSet of(List<Server> servers, int threshold) {
    int ready = 0;
    int up = 0;
    for (Server server : servers) {
      ServerStatus status = server.status();
      if (status.state() == ServerState.READY) {
        ready++;
        up += status.isUsable() ? 1 : 0;
      }
    }
    return new ServerSet(servers, up * 100L < (long) threshold * ready, threshold > 0);
  }
}
