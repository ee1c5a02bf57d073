package io.terminator.admin.recording;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import jdk.jfr.Event;
import jdk.jfr.EventType;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Recording;
import jdk.jfr.RecordingState;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One recording of the JDK's flight recorder, in memory until it is written. It has the events of
 * this package and a chosen set of the JDK's; none with environment variables, system properties,
 * command lines, paths, addresses or messages of exceptions. Any thread.
 */
final class FlightRecording implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FlightRecording.class);
  private static final String OWN = "io.terminator.";

  private static final List<Class<? extends Event>> EVENTS =
      List.of(
          HandshakeEvent.class,
          ConnectEvent.class,
          RequestEvent.class,
          StallEvent.class,
          CloseEvent.class,
          OverloadEvent.class,
          ReloadEvent.class,
          DrainEvent.class);

  /** Events of the JDK with their settings; a name that this JDK does not know has no effect. */
  private static final Map<String, Map<String, String>> CHOSEN =
      Map.ofEntries(
          // A sample interrupts its thread; at 20 ms, samples would cost more than all other
          // events.
          Map.entry("jdk.ExecutionSample", Map.of("period", "100 ms")),
          Map.entry("jdk.NativeMethodSample", Map.of("period", "100 ms")),
          Map.entry("jdk.CPULoad", Map.of("period", "5 s")),
          Map.entry("jdk.ThreadCPULoad", Map.of("period", "5 s")),
          Map.entry("jdk.ResidentSetSize", Map.of("period", "5 s")),
          Map.entry("jdk.DirectBufferStatistics", Map.of("period", "5 s")),
          Map.entry("jdk.GarbageCollection", Map.of()),
          Map.entry("jdk.GCPhasePause", Map.of()),
          Map.entry("jdk.GCHeapSummary", Map.of()),
          Map.entry("jdk.ExecuteVMOperation", Map.of("threshold", "10 ms")),
          Map.entry("jdk.JavaMonitorEnter", Map.of("threshold", "10 ms")),
          Map.entry("jdk.Compilation", Map.of("threshold", "100 ms")),
          Map.entry("jdk.DataLoss", Map.of()));

  private final Recording recording = new Recording();

  /**
   * Begins. Throws if the process cannot record, or if another recording runs: the file would have
   * its events too.
   */
  FlightRecording() {
    try {
      refuseOthers();
      EVENTS.forEach(FlightRecorder::register);
      recording.setName("terminator");
      recording.setToDisk(false);
      recording.setSettings(settings());
      recording.start();
    } catch (RuntimeException | Error failure) {
      recording.close();
      throw failure;
    }
  }

  private static Map<String, String> settings() {
    Map<String, String> settings = new HashMap<>();
    Set<String> known = new HashSet<>();
    for (EventType type : FlightRecorder.getFlightRecorder().getEventTypes()) {
      known.add(type.getName());
      boolean wanted = type.getName().startsWith(OWN) || CHOSEN.containsKey(type.getName());
      settings.put(type.getName() + "#enabled", Boolean.toString(wanted));
    }
    CHOSEN.forEach(
        (event, values) -> {
          if (known.contains(event)) {
            values.forEach((name, value) -> settings.put(event + "#" + name, value));
          }
        });
    return settings;
  }

  private void refuseOthers() {
    for (Recording other : FlightRecorder.getFlightRecorder().getRecordings()) {
      if (other.getId() != recording.getId() && other.getState() == RecordingState.RUNNING) {
        throw new IllegalStateException(
            "the flight recorder already runs for \""
                + other.getName()
                + "\", whose events would be in the same file; stop it with jcmd first");
      }
    }
  }

  /** Writes the events so far to {@code file}, which exists; then close this. */
  void writeTo(Path file) throws IOException {
    refuseOthers();
    // While it runs: a recording in memory has nothing to write once it has stopped.
    recording.dump(file);
  }

  void reloaded(String by, String result, Duration took) {
    ReloadEvent event = new ReloadEvent();
    event.by = by;
    event.result = result;
    event.elapsed = took.toNanos();
    event.commit();
  }

  void drained(String step, Duration took) {
    DrainEvent event = new DrainEvent();
    event.step = step;
    event.elapsed = took.toNanos();
    event.commit();
  }

  WorkerRecorder newWorkerRecorder() {
    return new WorkerRecorder();
  }

  @Override
  public void close() {
    try {
      recording.close();
    } catch (RuntimeException failure) {
      LOG.warn("the recording's memory could not be freed: {}", failure.toString());
    }
  }
}
