package io.terminator.core.route;

import io.terminator.core.flow.Slot;
import io.terminator.core.observe.Tally;

/** One worker's share of a server: what it counts, and its turn. Written by that worker, read by anyone. */
public final class ServerTally implements Slot {

  /** What is counted. */
  public enum Count {
    /** Gauge: connections from the dial to the close. */
    ACTIVE,
    CONNECTIONS,
    CONNECT_FAILURES,
    CHECKS,
    CHECK_FAILURES
  }

  private final Server server;
  private final Tally<Count> counts = new Tally<>(Count.class);

  /** How far this server's turn has come; the worker's own. */
  long credit;

  ServerTally(Server server) {
    this.server = server;
  }

  /** Begins a connection's time on this server; {@link #release} ends it. */
  public void opened() {
    counts.add(Count.ACTIVE);
    counts.add(Count.CONNECTIONS);
  }

  public void failed() {
    counts.add(Count.CONNECT_FAILURES);
  }

  public void checked(boolean passed) {
    counts.add(Count.CHECKS);
    if (!passed) {
      counts.add(Count.CHECK_FAILURES);
    }
  }

  @Override
  public void release() {
    counts.add(Count.ACTIVE, -1);
    server.releaseSlot();
  }

  /** Any thread. */
  public long get(Count what) {
    return counts.get(what);
  }
}
