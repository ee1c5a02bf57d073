package io.terminator.core.connection;

import io.terminator.core.observe.ByteCount;
import io.terminator.core.observe.Counted;
import io.terminator.core.observe.CounterSource;
import io.terminator.core.observe.ListenerCounters;
import io.terminator.core.observe.WorkerCount;
import io.terminator.core.phase.CloseReason;
import io.terminator.core.throttle.PauseReason;
import io.terminator.core.worker.TrafficCounters;
import io.terminator.core.worker.Worker;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ObjLongConsumer;

/**
 * The sums over a set of workers at one moment. Replaced workers are included for their counters: a
 * counter that decreases would look like a restart of the appliance. Immutable.
 */
public final class WorkerTotals implements CounterSource {
  private final List<Worker> all;

  WorkerTotals(List<Worker> all) {
    this.all = List.copyOf(all);
  }

  public long count(WorkerCount what) {
    return all.stream().mapToLong(worker -> worker.counts().get(what)).sum();
  }

  /** The sum of a package's counters. */
  public <E extends Enum<E> & Counted> long count(E what) {
    return all.stream()
        .mapToLong(worker -> worker.counters().of(what.getDeclaringClass()).get(what))
        .sum();
  }

  /** The count of each worker, in order. */
  @Override
  public void forEach(ObjLongConsumer<Counted> reader) {
    all.forEach(worker -> worker.counters().forEach(reader));
  }

  /** The maximum over all workers, for watermarks and lags. */
  public long largest(WorkerCount what) {
    return all.stream().mapToLong(worker -> worker.counts().get(what)).max().orElse(0);
  }

  public long closes(CloseReason reason) {
    return all.stream().mapToLong(worker -> worker.closes(reason)).sum();
  }

  public long pauses(PauseReason reason) {
    return all.stream().mapToLong(worker -> worker.pauses(reason)).sum();
  }

  public long resumes(PauseReason reason) {
    return all.stream().mapToLong(worker -> worker.resumes(reason)).sum();
  }

  public long bytes(ByteCount what) {
    return all.stream().mapToLong(worker -> worker.bytes(what)).sum();
  }

  /** The counters by listener and then by backend, each from one worker. */
  public Map<String, Map<String, List<TrafficCounters>>> traffic() {
    Map<String, Map<String, List<TrafficCounters>>> byName = new TreeMap<>();
    for (Worker worker : all) {
      for (TrafficCounters counters : worker.traffic()) {
        byName
            .computeIfAbsent(counters.listener(), name -> new TreeMap<>())
            .computeIfAbsent(counters.backend(), name -> new ArrayList<>())
            .add(counters);
      }
    }
    return byName;
  }

  /** The counters of each listener, one per worker. */
  public Map<String, List<ListenerCounters>> listeners() {
    Map<String, List<ListenerCounters>> byName = new TreeMap<>();
    for (Worker worker : all) {
      for (ListenerCounters counters : worker.listenerCounters()) {
        byName.computeIfAbsent(counters.listener(), name -> new ArrayList<>()).add(counters);
      }
    }
    return byName;
  }
}
