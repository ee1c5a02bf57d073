package io.terminator.load.bench;

import io.terminator.load.generator.ClientContext;
import io.terminator.load.generator.Crowd;
import io.terminator.load.measure.Sample;
import io.terminator.load.subject.RunningTarget;
import io.terminator.load.subject.Setup;
import io.terminator.load.subject.Target;
import io.terminator.load.wire.Exchange;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A new instance without connections, six seconds after its first one, then six seconds after 1,000
 * and 5,000 idle connections with one exchange each; the result is KiB per connection between the
 * last two.
 */
record MemoryPhase() implements Phase {
  private static final Exchange GREETING = Exchange.small(100, 100);
  private static final int FEW = 1_000;
  private static final int MANY = 5_000;
  private static final double MIB = 1024;
  // What an operator sees of a process that waits, not what the start or the handshakes have left
  // behind for a moment.
  private static final Duration WAIT = Duration.ofSeconds(6);

  @Override
  public String name() {
    return "mem";
  }

  @Override
  public String unit() {
    return "KiB/conn";
  }

  @Override
  public String description() {
    return "resident memory per idle connection, between 1,000 and 5,000 of them";
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
    int few = (int) Math.min(FEW, plan.count(FEW, 250));
    int many = (int) Math.min(MANY, plan.count(MANY, 1_250));
    Map<String, Double> details = new HashMap<>();
    try (RunningTarget running = bed.fresh(target, Setup.Kind.TLS, 1).awaitOpen();
        ClientContext context = new ClientContext(ClientContext.Suite.TLS13_AES128, false)) {
      bed.generator().open(Bed.dial(running, context), 1, GREETING).close();
      Measured.settle(WAIT);
      double base = take(running, details, "0");
      try (Crowd first = bed.generator().open(Bed.dial(running, context), few, GREETING)) {
        Measured.settle(WAIT);
        double withFew = take(running, details, String.valueOf(few));
        try (Crowd rest = bed.generator().open(Bed.dial(running, context), many - few, GREETING)) {
          Measured.settle(WAIT);
          double withMany = take(running, details, String.valueOf(many));
          details.put("base-MiB", base / MIB);
          details.put("all-MiB", withMany / MIB);
          details.put("connections", (double) many);
          double slope = (withMany - withFew) / (many - few);
          List<String> problems =
              first.isWhole() && rest.isWhole() ? List.of() : List.of("idle connections were lost");
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
