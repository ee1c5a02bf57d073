package io.terminator.load.bench;

import io.terminator.load.generator.ClientContext;
import io.terminator.load.generator.Limit;
import io.terminator.load.generator.Outcome;
import io.terminator.load.measure.Sample;
import io.terminator.load.subject.RunningTarget;
import io.terminator.load.subject.Setup;
import io.terminator.load.subject.Target;
import io.terminator.load.wire.Exchange;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The time from the start of the process to the first answer over TLS, with a request every 2 ms.
 */
record StartPhase() implements Phase {
  private static final Exchange ASK = Exchange.small(100, 100);
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final long PAUSE_MILLIS = 2;

  @Override
  public String name() {
    return "start";
  }

  @Override
  public String unit() {
    return "s";
  }

  @Override
  public String description() {
    return "from the start of the process to the first request answered over TLS";
  }

  @Override
  public boolean isDefault() {
    return true;
  }

  @Override
  public void warmUp(Bed bed, Target target, Plan plan) throws IOException {
    // The files of the program come into the page cache; a cold disk is not the question.
    bed.fresh(target, Setup.Kind.TLS, 1).awaitOpen().close();
  }

  @Override
  public Sample measure(Bed bed, Target target, int round, Plan plan) throws IOException {
    try (ClientContext context = new ClientContext(ClientContext.Suite.TLS13_AES128, false);
        RunningTarget running = bed.fresh(target, Setup.Kind.TLS, 1)) {
      while (true) {
        Outcome outcome = bed.generator().churn(Bed.dial(running, context), ASK, 1, Limit.of(1));
        double seconds = (System.nanoTime() - running.spawned()) / 1e9;
        if (outcome.problems().isEmpty()) {
          Map<String, Double> details = Map.of("cpu-seconds", running.tree().cpuSeconds());
          return new Sample(name(), target.name(), round, seconds, details, List.of());
        }
        running.checkAlive();
        if (seconds > PATIENCE.toSeconds()) {
          throw new IOException("no answer after " + PATIENCE + ": " + outcome.problems());
        }
        TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", interrupted);
    }
  }
}
