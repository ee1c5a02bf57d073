package io.terminator.core.route;

import java.net.SocketAddress;

/**
 * The current state of one address of a server, for listings. {@code name} is as configured; {@code
 * passedOver} means that connects failed recently and other servers come first; {@code finding} is
 * the result of the last check; {@code mostConnections} zero means no limit.
 */
public record ServerView(
    String name,
    SocketAddress address,
    ServerState state,
    ServerHealth health,
    boolean passedOver,
    String finding,
    int weight,
    boolean backup,
    int mostConnections,
    long activeConnections,
    long connections,
    long connectFailures) {

  /** Whether the server gets connections other than last-resort attempts. */
  public boolean isUsable() {
    return state == ServerState.READY && health != ServerHealth.DOWN && !passedOver;
  }
}
