package io.terminator.core.observe;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ObjLongConsumer;

/**
 * The counters of one worker, those of each package under its own enum. A package requests its
 * tally and adds to it, and the tally is exported without a central list of packages. Each request
 * costs a map lookup, so code that counts often keeps the tally. Any thread.
 */
public final class Counters implements CounterSource {
  private final Map<Class<?>, Tally<?>> tallies = new ConcurrentHashMap<>();

  /**
   * Returns the tally of {@code type}, created on first request and kept permanently. Only the
   * worker adds to it.
   */
  @SuppressWarnings("unchecked") // A tally is kept under the class that it was made with.
  public <E extends Enum<E> & Counted> Tally<E> of(Class<E> type) {
    Tally<?> there = tallies.get(type);
    return (Tally<E>)
        (there != null ? there : tallies.computeIfAbsent(type, key -> new Tally<>(type)));
  }

  @Override
  public void forEach(ObjLongConsumer<Counted> reader) {
    tallies.values().forEach(tally -> read(tally, reader));
  }

  private static <E extends Enum<E>> void read(Tally<E> tally, ObjLongConsumer<Counted> reader) {
    for (E what : tally.constants()) {
      if (what instanceof Counted counted) {
        reader.accept(counted, tally.get(what));
      }
    }
  }
}
