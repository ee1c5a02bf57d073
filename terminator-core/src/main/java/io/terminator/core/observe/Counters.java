package io.terminator.core.observe;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ObjLongConsumer;

/**
 * One worker's counters, each package's under its own enum: a package asks for its tally, adds to it, and it is exported, without
 * a list of all packages anywhere. Asking costs a look into a map, so whoever counts often keeps the tally. Any thread.
 */
public final class Counters implements CounterSource {
  private final Map<Class<?>, Tally<?>> tallies = new ConcurrentHashMap<>();

  /** The tally of {@code type}, made when first asked for, kept for good; only the worker adds to it. */
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
