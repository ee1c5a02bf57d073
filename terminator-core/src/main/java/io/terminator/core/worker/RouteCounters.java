package io.terminator.core.worker;

import io.terminator.core.observe.Counted;
import io.terminator.core.observe.CounterSet;
import io.terminator.core.observe.CounterSource;
import io.terminator.core.observe.Counters;
import io.terminator.core.observe.Histogram;
import java.util.function.ObjLongConsumer;

/** One worker's counters of the requests of one route. One worker writes, any thread reads. */
public final class RouteCounters implements CounterSource {
  private final Counters counters = new Counters();
  private final Histogram requestTimes = new Histogram();

  RouteCounters() {}

  /** As {@link Counters#of}; exported with the labels {@code listener} and {@code route}. */
  public <E extends Enum<E> & Counted> CounterSet<E> of(Class<E> type) {
    return counters.of(type);
  }

  @Override
  public void forEach(ObjLongConsumer<Counted> reader) {
    counters.forEach(reader);
  }

  /** From the head of a request to its end. */
  public Histogram requestTimes() {
    return requestTimes;
  }
}
