package io.terminator.core.observe;

import java.util.function.ObjLongConsumer;

/** Whoever keeps counters that are to be exported. Any thread. */
public interface CounterSource {
  void forEach(ObjLongConsumer<Counted> reader);
}
