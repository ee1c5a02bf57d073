package io.terminator.core.route;

import java.util.List;

/**
 * The servers of a backend at one moment. {@code panic} means that so few servers are up that
 * health is ignored; {@code lastResort} means that a server that is down is tried before a client
 * is refused. Immutable.
 */
record ServerSet(List<Server> servers, boolean panic, boolean lastResort) {
  ServerSet {
    servers = List.copyOf(servers);
  }

  static ServerSet of(List<Server> servers) {
    return of(servers, 1);
  }

  /**
   * {@code threshold} is the percentage of servers that must be up; below it, health is ignored.
   */
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
