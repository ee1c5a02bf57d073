package io.terminator.core.accept;

import io.terminator.core.flow.Slot;

/**
 * How many connections the whole process may have, over all listeners and workers. Exact and lock-free, any worker: one
 * compare-and-set at accept and one at close. Those that are open while it shrinks stay.
 */
public final class Capacity implements Slot {
  private final ConnectionLimiter open = new ConnectionLimiter(System.nanoTime());
  private volatile int most;

  /** {@code connections} from now on; 0 is no limit. Any thread. */
  public void resize(int connections) {
    most = connections;
  }

  /** 0 is no limit. Any thread. */
  public int most() {
    return most;
  }

  /** Connections that have a place now. Any thread. */
  public int taken() {
    return open.taken();
  }

  boolean take() {
    return open.open(most) == ConnectionLimiter.Outcome.OPENED;
  }

  /** One that took a place is gone. */
  @Override
  public void release() {
    open.close();
  }
}
