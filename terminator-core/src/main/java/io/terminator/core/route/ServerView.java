package io.terminator.core.route;

import java.net.SocketAddress;

/** The current state of one address of a server, for listings. {@code name} is as configured. */
public record ServerView(
    String name, SocketAddress address, Standing standing, Placement placement, Counts counts) {

  /**
   * {@code passedOver} means that connects failed recently and other servers come first; {@code
   * finding} is the result of the last check.
   */
  public record Standing(
      ServerState state, ServerHealth health, boolean passedOver, String finding) {

    /** Whether the server gets connections other than last-resort attempts. */
    public boolean isUsable() {
      return state == ServerState.READY && health != ServerHealth.DOWN && !passedOver;
    }
  }

  /** The configured part in balancing. {@code mostConnections} zero means no limit. */
  public record Placement(int weight, boolean backup, int mostConnections) {}

  /** Connections that are open now, and connections and failed connects since the start. */
  public record Counts(long active, long connections, long connectFailures) {}
}
