package io.terminator.core.route;

import java.net.SocketAddress;

/**
 * One address of a server as of now, for lists. {@code name} is the operator's spelling; {@code passedOver} says that it
 * refused connections a moment ago and others come first, {@code finding} is what its last check found, {@code
 * mostConnections} zero is no limit.
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

  /** Whether it gets clients before others are tried in despair. */
  public boolean isUsable() {
    return state == ServerState.READY && health != ServerHealth.DOWN && !passedOver;
  }
}
