package io.terminator.load.bench;

import io.terminator.load.generator.Latencies;
import io.terminator.load.generator.Outcome;
import io.terminator.load.measure.Sample;
import io.terminator.load.subject.RunningTarget;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Runs a load and measures the target's CPU time for it. */
record Measured(Outcome outcome, double cpuSeconds) {
  // Closing continues briefly after the last client saw its end, and costs the target CPU time too.
  private static final long SETTLE_MILLIS = 50;

  static Measured of(RunningTarget target, Supplier<Outcome> load) {
    double before = target.tree().cpuSeconds();
    Outcome outcome = load.get();
    settle();
    return new Measured(outcome, target.tree().cpuSeconds() - before);
  }

  static void settle() {
    settle(Duration.ofMillis(SETTLE_MILLIS));
  }

  static void settle(Duration time) {
    try {
      TimeUnit.MILLISECONDS.sleep(time.toMillis());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", interrupted);
    }
  }

  /**
   * The CPU time per unit of work, of which there were {@code units}. Void unless {@code expected}
   * exchanges completed with {@code bytes} compared.
   */
  Sample sample(
      String phase, String target, int round, double units, double perUnit, Expected expected) {
    List<String> problems = new ArrayList<>(outcome.problems());
    expected.check(outcome, problems);
    Map<String, Double> details = new HashMap<>(latencies("", outcome.latencies()));
    details.put("cpu-seconds", cpuSeconds);
    details.put("seconds", outcome.seconds());
    details.put("units", units);
    details.put("rate", units / outcome.seconds());
    details.put("busy", cpuSeconds / outcome.seconds());
    details.put("without-close-notify", (double) outcome.unclean());
    return new Sample(phase, target, round, cpuSeconds / units * perUnit, details, problems);
  }

  static Map<String, Double> latencies(String prefix, Latencies latencies) {
    return Map.of(
        prefix + "p50-ms", latencies.percentile(0.5) / 1e6,
        prefix + "p99-ms", latencies.percentile(0.99) / 1e6,
        prefix + "max-ms", latencies.max() / 1e6);
  }

  /** What an outcome must be to count. */
  record Expected(long exchanges, long answer, Resumption resumption) {
    void check(Outcome outcome, List<String> problems) {
      if (outcome.exchanges() != exchanges) {
        problems.add(outcome.exchanges() + " exchanges instead of " + exchanges);
      }
      if (outcome.bytesChecked() != exchanges * answer) {
        problems.add(outcome.bytesChecked() + " bytes checked instead of " + exchanges * answer);
      }
      long resumed = outcome.resumed();
      long wanted = resumption == Resumption.ALL ? outcome.handshakes() : 0;
      if (resumed != wanted) {
        problems.add(resumed + " of " + outcome.handshakes() + " resumed, expected " + wanted);
      }
    }
  }

  /** How many handshakes must resume. */
  enum Resumption {
    NONE,
    ALL
  }
}
