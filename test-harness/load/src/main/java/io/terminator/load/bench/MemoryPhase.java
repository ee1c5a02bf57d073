package io.terminator.load.bench;

import io.terminator.load.measure.Sample;
import io.terminator.load.subject.RunningTarget;
import io.terminator.load.subject.Setup;
import io.terminator.load.subject.Target;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A new instance without connections, six seconds after its first one, then six seconds after the
 * few and the many idle connections with one exchange each; the result is KiB per connection
 * between the last two.
 */
record MemoryPhase(
    String name, String description, Setup.Kind kind, int few, int many, Opener opener)
    implements Phase {
  private static final double MIB = 1024;
  // What an operator sees of a process that waits, not what the start or the handshakes have left
  // behind for a moment.
  private static final Duration WAIT = Duration.ofSeconds(6);

  /** Idle connections, which end with {@link #close}. */
  interface Idle extends AutoCloseable {
    /** Whether none was lost. */
    boolean isWhole() throws IOException;

    @Override
    void close();
  }

  /** Opens {@code count} connections with one exchange each. */
  interface Opener {
    Idle open(Bed bed, RunningTarget running, int count) throws IOException;
  }

  @Override
  public String unit() {
    return "KiB/conn";
  }

  @Override
  public boolean isDefault() {
    return true;
  }

  @Override
  public void warmUp(Bed bed, Target target, Plan plan) {
    // What a new process takes is the question.
  }

  @Override
  public Sample measure(Bed bed, Target target, int round, Plan plan) throws IOException {
    int first = (int) Math.min(few, plan.count(few, few / 4));
    int all = (int) Math.min(many, plan.count(many, many / 4));
    Map<String, Double> details = new HashMap<>();
    try (RunningTarget running = bed.fresh(target, kind, 1).awaitOpen()) {
      opener.open(bed, running, 1).close();
      Measured.settle(WAIT);
      double base = take(running, details, "0");
      try (Idle some = opener.open(bed, running, first)) {
        Measured.settle(WAIT);
        double withFew = take(running, details, String.valueOf(first));
        try (Idle rest = opener.open(bed, running, all - first)) {
          Measured.settle(WAIT);
          double withMany = take(running, details, String.valueOf(all));
          details.put("base-MiB", base / MIB);
          details.put("all-MiB", withMany / MIB);
          details.put("connections", (double) all);
          double slope = (withMany - withFew) / (all - first);
          List<String> problems =
              some.isWhole() && rest.isWhole() ? List.of() : List.of("idle connections were lost");
          return new Sample(name(), target.name(), round, slope, details, problems);
        }
      }
    }
  }

  private static double take(RunningTarget running, Map<String, Double> details, String at) {
    double memory = running.tree().memoryKiB();
    details.put("memory-MiB-at-" + at, memory / MIB);
    details.put("pss-MiB-at-" + at, running.tree().pssKiB() / MIB);
    return memory;
  }
}
