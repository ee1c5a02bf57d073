package io.terminator.core.route;

import io.terminator.core.flow.Slot;
import io.terminator.core.observe.Counted;
import io.terminator.core.observe.CounterSet;
import io.terminator.core.observe.CounterSource;
import io.terminator.core.observe.Counters;
import java.util.function.ObjLongConsumer;

/**
 * One worker's counters of a server, and its round-robin state. A package counts under its own enum
 * ({@link #of}). Written by that worker, read by any thread.
 */
public final class ServerCounters implements Slot, CounterSource {
  private final Server server;
  private final Counters counters = new Counters();
  private final CounterSet<ServerCount> counts = counters.of(ServerCount.class);

  /** The server's round-robin state; used only by the worker. */
  long credit;

  ServerCounters(Server server) {
    this.server = server;
  }

  /** As {@link Counters#of}; exported with the labels {@code backend} and {@code server}. */
  public <E extends Enum<E> & Counted> CounterSet<E> of(Class<E> type) {
    return counters.of(type);
  }

  /** Counts a connection on this server; {@link #release} ends it. */
  public void opened() {
    counts.add(ServerCount.ACTIVE);
    counts.add(ServerCount.CONNECTIONS);
  }

  /** Counts a further use of a connection that {@link #opened} counted. */
  public void reopened() {
    counts.add(ServerCount.ACTIVE);
  }

  /**
   * Counts a response that is an error of the server, and ejects the server after {@code most}
   * consecutive ones. True if it is ejected now.
   */
  public boolean erred(int most) {
    counts.add(ServerCount.RESPONSE_ERRORS);
    boolean ejected = server.erred(most, System.nanoTime());
    if (ejected) {
      ejected();
    }
    return ejected;
  }

  /** A response that is not an error of the server. */
  public void answered() {
    server.answered(System.nanoTime());
  }

  public void failed() {
    counts.add(ServerCount.CONNECT_FAILURES);
  }

  public void ejected() {
    counts.add(ServerCount.EJECTIONS);
  }

  @Override
  public void release() {
    counts.add(ServerCount.ACTIVE, -1);
    server.releaseSlot();
  }

  /** Any thread. */
  public long get(ServerCount what) {
    return counts.get(what);
  }

  @Override
  public void forEach(ObjLongConsumer<Counted> reader) {
    counters.forEach(reader);
  }
}
