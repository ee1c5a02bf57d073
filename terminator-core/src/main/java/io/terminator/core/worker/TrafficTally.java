package io.terminator.core.worker;

import io.terminator.core.observe.ByteCount;
import io.terminator.core.observe.Histogram;
import io.terminator.core.observe.Tally;
import io.terminator.core.phase.CloseReason;
import io.terminator.core.phase.Phase;
import io.terminator.core.throttle.PauseReason;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * One worker's counters of the connections of one listener to one backend. Connections without a
 * backend yet are counted separately, with an empty backend name. Both names are from the
 * configuration. One worker writes, any thread reads.
 */
public final class TrafficTally {
  private final String listener;
  private final String backend;
  private final Tally<ByteCount> bytes = new Tally<>(ByteCount.class);
  private final Tally<CloseReason> closes = new Tally<>(CloseReason.class);
  private final Tally<PauseReason> pauses = new Tally<>(PauseReason.class);
  private final Tally<PauseReason> resumes = new Tally<>(PauseReason.class);
  private final Histogram[] phaseTimes = new Histogram[Phase.values().length];
  private final Map<String, TrafficTally> byBackend = new ConcurrentHashMap<>();

  /** The connections of {@code listener} that have no backend yet. */
  TrafficTally(String listener) {
    this(listener, "");
  }

  private TrafficTally(String listener, String backend) {
    this.listener = listener;
    this.backend = backend;
    Arrays.setAll(phaseTimes, phase -> new Histogram());
  }

  /**
   * The same listener's connections to {@code backend}; created on first request and kept
   * permanently. Call on the tally of the connections without a backend. Any thread.
   */
  public TrafficTally to(String name) {
    TrafficTally there = byBackend.get(name);
    return there != null
        ? there
        : byBackend.computeIfAbsent(name, key -> new TrafficTally(listener, key));
  }

  /** Passes this tally and then those of its backends to {@code reader}. Any thread. */
  void forEach(Consumer<TrafficTally> reader) {
    reader.accept(this);
    byBackend.values().forEach(reader);
  }

  public String listener() {
    return listener;
  }

  /** Empty for connections that have no backend yet. */
  public String backend() {
    return backend;
  }

  public Tally<ByteCount> bytes() {
    return bytes;
  }

  public Tally<CloseReason> closes() {
    return closes;
  }

  public Tally<PauseReason> pauses() {
    return pauses;
  }

  public Tally<PauseReason> resumes() {
    return resumes;
  }

  /** The time that connections spent in {@code phase}. */
  public Histogram phaseTime(Phase phase) {
    return phaseTimes[phase.ordinal()];
  }
}
