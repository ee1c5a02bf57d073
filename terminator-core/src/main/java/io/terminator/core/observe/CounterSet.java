package io.terminator.core.observe;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Counters by the constants of one enum. One worker adds, with plain writes; any thread reads and
 * sees a recent value. No locks and no atomic instructions on the worker.
 */
public final class CounterSet<E extends Enum<E>> {
  private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);

  private final E[] constants;
  private final long[] counts;

  public CounterSet(Class<E> type) {
    constants = type.getEnumConstants();
    counts = new long[constants.length];
  }

  /** Worker thread only. */
  public void add(E what) {
    add(what, 1);
  }

  /** Worker thread only. {@code amount} may be negative for gauges. */
  public void add(E what, long amount) {
    int cell = what.ordinal();
    CELL.setOpaque(counts, cell, counts[cell] + amount);
  }

  /** Worker thread only. Keeps the largest value. */
  public void raise(E what, long value) {
    int cell = what.ordinal();
    if (value > counts[cell]) {
      CELL.setOpaque(counts, cell, value);
    }
  }

  /** Any thread. */
  public long get(E what) {
    return (long) CELL.getOpaque(counts, what.ordinal());
  }

  /** The constants, in order, for readers that export all of them. */
  public E[] constants() {
    return constants.clone();
  }
}
