package io.terminator.core.observe;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.ObjLongConsumer;

/**
 * Counters by the constants of one enum, for code outside the workers: any thread adds, any thread
 * reads.
 */
public final class SharedCounterSet<E extends Enum<E> & Counted> implements CounterSource {
  private final E[] constants;
  private final AtomicLongArray counts;

  public SharedCounterSet(Class<E> type) {
    constants = type.getEnumConstants();
    counts = new AtomicLongArray(constants.length);
  }

  public void add(E what) {
    counts.incrementAndGet(what.ordinal());
  }

  public long get(E what) {
    return counts.get(what.ordinal());
  }

  @Override
  public void forEach(ObjLongConsumer<Counted> reader) {
    for (E what : constants) {
      reader.accept(what, get(what));
    }
  }
}
