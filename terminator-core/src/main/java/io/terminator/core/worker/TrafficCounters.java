package io.terminator.core.worker;

import io.terminator.core.observe.ByteCount;
import io.terminator.core.observe.Counted;
import io.terminator.core.observe.CounterSet;
import io.terminator.core.observe.CounterSource;
import io.terminator.core.observe.Counters;
import io.terminator.core.observe.Histogram;
import io.terminator.core.phase.CloseReason;
import io.terminator.core.phase.Phase;
import io.terminator.core.throttle.PauseReason;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One worker's counters of the connections of one listener to one backend. Connections without a
 * backend yet are counted separately, with an empty backend name. Both names are from the
 * configuration. A package counts under its own enum ({@link #of}). One worker writes, any thread
 * reads.
 */
public final class TrafficCounters implements CounterSource {
  private final String listener;
  private final String backend;
  private final Counters counters = new Counters();
  private final CounterSet<ByteCount> bytes = new CounterSet<>(ByteCount.class);
  private final CounterSet<CloseReason> closes = new CounterSet<>(CloseReason.class);
  private final CounterSet<PauseReason> pauses = new CounterSet<>(PauseReason.class);
  private final CounterSet<PauseReason> resumes = new CounterSet<>(PauseReason.class);
  private final Histogram[] phaseTimes = new Histogram[Phase.values().length];
  private volatile @Nullable Histogram requestTimes;
  private final Map<String, TrafficCounters> byBackend = new ConcurrentHashMap<>();
  private final Map<String, RouteCounters> byRoute = new ConcurrentHashMap<>();

  /** The connections of {@code listener} that have no backend yet. */
  TrafficCounters(String listener) {
    this(listener, "");
  }

  private TrafficCounters(String listener, String backend) {
    this.listener = listener;
    this.backend = backend;
    Arrays.setAll(phaseTimes, phase -> new Histogram());
  }

  /**
   * The same listener's connections to {@code backend}; created on first request and kept
   * permanently. Call on the counters of the connections without a backend. Any thread.
   */
  public TrafficCounters to(String name) {
    TrafficCounters there = byBackend.get(name);
    return there != null
        ? there
        : byBackend.computeIfAbsent(name, key -> new TrafficCounters(listener, key));
  }

  /**
   * The counters of the same listener's requests of the route {@code name}; created on first
   * request and kept permanently. Call on the counters of the connections without a backend. Any
   * thread.
   */
  public RouteCounters ofRoute(String name) {
    RouteCounters there = byRoute.get(name);
    return there != null ? there : byRoute.computeIfAbsent(name, key -> new RouteCounters());
  }

  /** Passes each route's name and counters to {@code reader}. Any thread. */
  public void forEachRoute(BiConsumer<String, RouteCounters> reader) {
    byRoute.forEach(reader);
  }

  /** Passes these counters and then those of its backends to {@code reader}. Any thread. */
  void forEachBackend(Consumer<TrafficCounters> reader) {
    reader.accept(this);
    byBackend.values().forEach(reader);
  }

  /** As {@link Counters#of}; exported with the labels {@code listener} and {@code backend}. */
  public <E extends Enum<E> & Counted> CounterSet<E> of(Class<E> type) {
    return counters.of(type);
  }

  @Override
  public void forEach(ObjLongConsumer<Counted> reader) {
    counters.forEach(reader);
  }

  public String listener() {
    return listener;
  }

  /** Empty for connections that have no backend yet. */
  public String backend() {
    return backend;
  }

  public CounterSet<ByteCount> bytes() {
    return bytes;
  }

  public CounterSet<CloseReason> closes() {
    return closes;
  }

  public CounterSet<PauseReason> pauses() {
    return pauses;
  }

  public CounterSet<PauseReason> resumes() {
    return resumes;
  }

  /** Counts a request that was complete after {@code nanos}. Worker thread only. */
  public void request(long nanos) {
    Histogram times = requestTimes;
    if (times == null) {
      times = new Histogram();
      requestTimes = times;
    }
    times.record(nanos);
  }

  /** The time of requests; null if there was none. */
  public @Nullable Histogram requestTimes() {
    return requestTimes;
  }

  /** The time that connections spent in {@code phase}. */
  public Histogram phaseTime(Phase phase) {
    return phaseTimes[phase.ordinal()];
  }
}
