package io.terminator.core.route;

import io.terminator.core.flow.Slot;
import io.terminator.core.observe.CounterSet;

/**
 * One worker's counters of a server, and its round-robin state. Written by that worker, read by any
 * thread.
 */
public final class ServerCounters implements Slot {

  /** The counted events. */
  public enum Count {
    /** Gauge: connections from the start of the connect to the close. */
    ACTIVE,
    CONNECTIONS,
    CONNECT_FAILURES,
    CHECKS,
    CHECK_FAILURES
  }

  private final Server server;
  private final CounterSet<Count> counts = new CounterSet<>(Count.class);

  /** The server's round-robin state; used only by the worker. */
  long credit;

  ServerCounters(Server server) {
    this.server = server;
  }

  /** Counts a connection on this server; {@link #release} ends it. */
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
