package io.terminator.core.observe;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ObjLongConsumer;

/**
 * The counters of one worker, those of each package under its own enum. A package requests its set
 * and adds to it, and the set is exported without a central list of packages. Each request costs a
 * map lookup, so code that counts often keeps the set. Any thread.
 */
public final class Counters implements CounterSource {
  private final Map<Class<?>, CounterSet<?>> sets = new ConcurrentHashMap<>();

  /**
   * Returns the set of {@code type}, created on first request and kept permanently. Only the worker
   * adds to it.
   */
  @SuppressWarnings("unchecked") // A set is kept under the class that it was made with.
  public <E extends Enum<E> & Counted> CounterSet<E> of(Class<E> type) {
    CounterSet<?> there = sets.get(type);
    return (CounterSet<E>)
        (there != null ? there : sets.computeIfAbsent(type, key -> new CounterSet<>(type)));
  }

  @Override
  public void forEach(ObjLongConsumer<Counted> reader) {
    sets.values().forEach(set -> read(set, reader));
  }

  private static <E extends Enum<E>> void read(CounterSet<E> set, ObjLongConsumer<Counted> reader) {
    for (E what : set.constants()) {
      if (what instanceof Counted counted) {
        reader.accept(counted, set.get(what));
      }
    }
  }
}
