package io.terminator.load.bench;

import io.terminator.load.generator.ClientContext;
import io.terminator.load.generator.Crowd;
import io.terminator.load.generator.Limit;
import io.terminator.load.generator.Outcome;
import io.terminator.load.measure.Sample;
import io.terminator.load.subject.RunningTarget;
import io.terminator.load.subject.Setup;
import io.terminator.load.subject.Target;
import io.terminator.load.wire.Exchange;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Twenty established connections echo in turn, one every millisecond, while 64 concurrent clients
 * do full handshakes as fast as the target permits. The result is the p99 of the echoes, measured
 * from the time when each was due. The handshakes come from a thread with a lower priority than the
 * one that measures.
 */
record StormPhase(boolean rsa) implements Phase {
  private static final Exchange ECHO = Exchange.small(100, 100);
  private static final int ESTABLISHED = 20;
  private static final int AT_ONCE = 64;
  private static final Duration INTERVAL = Duration.ofMillis(1);

  @Override
  public String name() {
    return rsa ? "storm-rsa" : "storm";
  }

  @Override
  public String unit() {
    return "ms";
  }

  @Override
  public String description() {
    return "p99 of established connections' 100 B echo during a storm of full %s handshakes"
        .formatted(rsa ? "RSA-2048" : "ECDSA");
  }

  @Override
  public boolean isDefault() {
    return !rsa;
  }

  @Override
  public void warmUp(Bed bed, Target target, Plan plan) throws IOException {
    run(bed, target, 0, plan.warmUp(target));
  }

  @Override
  public Sample measure(Bed bed, Target target, int round, Plan plan) throws IOException {
    return run(bed, target, round, plan.storm());
  }

  private Sample run(Bed bed, Target target, int round, Duration time) throws IOException {
    RunningTarget running = bed.running(target, Setup.Kind.TLS, 1);
    ClientContext.Suite suite = ClientContext.Suite.TLS13_AES128;
    bed.second().giveWay();
    try (ClientContext kept = new ClientContext(suite, false);
        ClientContext storming = new ClientContext(suite, false);
        Crowd crowd = bed.generator().open(Bed.dial(running, kept), ESTABLISHED, ECHO)) {
      Outcome quiet = crowd.pace(ECHO, INTERVAL, time.dividedBy(4));
      double before = running.tree().cpuSeconds();
      CompletableFuture<Outcome> storm =
          bed.second()
              .churnMeanwhile(
                  rsa ? Bed.dialRsa(running, storming) : Bed.dial(running, storming),
                  ECHO,
                  AT_ONCE,
                  Limit.of(time.plusMillis(100)));
      Outcome echoes = crowd.pace(ECHO, INTERVAL, time);
      Outcome handshakes = storm.join();
      Measured.settle();
      double cpu = running.tree().cpuSeconds() - before;
      List<String> problems = new ArrayList<>(quiet.problems());
      problems.addAll(echoes.problems());
      problems.addAll(handshakes.problems());
      Map<String, Double> details = new HashMap<>(Measured.latencies("", echoes.latencies()));
      details.putAll(Measured.latencies("quiet-", quiet.latencies()));
      details.put("rate", handshakes.handshakes() / handshakes.seconds());
      details.put("busy", cpu / handshakes.seconds());
      details.put("echoes", (double) echoes.exchanges());
      double figure = echoes.latencies().percentile(0.99) / 1e6;
      return new Sample(name(), target.name(), round, figure, details, problems);
    }
  }
}
