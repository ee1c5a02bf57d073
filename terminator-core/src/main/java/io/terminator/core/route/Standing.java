package io.terminator.core.route;

/**
 * Whether a server may get clients: what the operator wants and what the checks found. {@code risenNanos} is when it last
 * came back from not being allowed to, zero if it never did. Immutable: replaced whole.
 */
record Standing(ServerState state, ServerHealth health, long risenNanos) {
  static final Standing NEW = new Standing(ServerState.READY, ServerHealth.UNCHECKED, 0);

  boolean isUsable() {
    return state == ServerState.READY && health != ServerHealth.DOWN;
  }

  Standing with(ServerState next, long nowNanos) {
    return risen(new Standing(next, health, risenNanos), nowNanos);
  }

  Standing with(ServerHealth next, long nowNanos) {
    return risen(new Standing(state, next, risenNanos), nowNanos);
  }

  private Standing risen(Standing next, long nowNanos) {
    return !isUsable() && next.isUsable()
        ? new Standing(next.state, next.health, nowNanos == 0 ? 1 : nowNanos)
        : next;
  }
}
