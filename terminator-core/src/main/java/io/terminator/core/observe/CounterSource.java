package io.terminator.core.observe;

import java.util.function.ObjLongConsumer;

/** A source of counters to export. Any thread. */
public interface CounterSource {
  void forEach(ObjLongConsumer<Counted> reader);
}
