package io.terminator.core.route;

/**
 * Whether a server may get connections: the operator's setting and the checks' result. {@code
 * risenNanos} is the time at which it last became available again, zero if never. Immutable:
 * replaced as a whole.
 */
record ServerStatus(ServerState state, ServerHealth health, long risenNanos) {
  static final ServerStatus NEW = new ServerStatus(ServerState.READY, ServerHealth.UNCHECKED, 0);

  boolean isUsable() {
    return state == ServerState.READY && health != ServerHealth.DOWN;
  }

  ServerStatus with(ServerState next, long nowNanos) {
    return risen(new ServerStatus(next, health, risenNanos), nowNanos);
  }

  ServerStatus with(ServerHealth next, long nowNanos) {
    return risen(new ServerStatus(state, next, risenNanos), nowNanos);
  }

  private ServerStatus risen(ServerStatus next, long nowNanos) {
    return !isUsable() && next.isUsable()
        ? new ServerStatus(next.state, next.health, nowNanos == 0 ? 1 : nowNanos)
        : next;
  }
}
