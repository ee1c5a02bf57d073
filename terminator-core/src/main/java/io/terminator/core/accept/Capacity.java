package io.terminator.core.accept;

import io.terminator.core.flow.Slot;

/**
 * The limit on the number of connections of the whole process, over all listeners and workers.
 * Exact and lock-free, any worker: one compare-and-set at accept and one at close. Open connections
 * are kept when the limit shrinks.
 */
public final class Capacity implements Slot {
  private final ConnectionLimiter open = new ConnectionLimiter(System.nanoTime());
  private volatile int most;

  /** Sets the limit to {@code connections}; 0 means no limit. Any thread. */
  public void resize(int connections) {
    most = connections;
  }

  /** The limit; 0 means no limit. Any thread. */
  public int most() {
    return most;
  }

  /** The number of connections that currently hold a place. Any thread. */
  public int taken() {
    return open.taken();
  }

  boolean take() {
    return open.open(most) == ConnectionLimiter.Outcome.OPENED;
  }

  /** Gives back the place of a connection that has ended. */
  @Override
  public void release() {
    open.close();
  }
}
