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
import org.jspecify.annotations.Nullable;

/** Exchanges on persistent connections; the result is CPU per GiB or per exchange. */
record KeptPhase(
    String name,
    String description,
    boolean isDefault,
    ClientContext.@Nullable Suite suite,
    Exchange exchange,
    boolean bulk,
    int connections,
    long count,
    int workers)
    implements Phase {
  private static final double GIB = 1L << 30;
  private static final Exchange GREETING = Exchange.small(100, 100);

  @Override
  public String unit() {
    return bulk ? "s/GiB" : "us";
  }

  @Override
  public void warmUp(Bed bed, Target target, Plan plan) throws IOException {
    RunningTarget running = bed.running(target, kind(), workers);
    with(
        bed,
        running,
        crowd -> {
          Outcome outcome = crowd.exchange(exchange, Limit.of(plan.warmUp(target)));
          if (!outcome.problems().isEmpty()) {
            throw new IOException("warm-up: " + outcome.problems());
          }
          return outcome;
        });
  }

  @Override
  public Sample measure(Bed bed, Target target, int round, Plan plan) throws IOException {
    RunningTarget running = bed.running(target, kind(), workers);
    long exchanges = plan.count(count, connections);
    Measured measured =
        with(
            bed,
            running,
            crowd -> Measured.of(running, () -> crowd.exchange(exchange, Limit.of(exchanges))));
    double units =
        bulk ? exchanges * Math.max(exchange.request(), exchange.answer()) / GIB : exchanges;
    return measured.sample(
        name,
        target.name(),
        round,
        units,
        bulk ? 1 : 1e6,
        new Measured.Expected(exchanges, exchange.answer(), Measured.Resumption.NONE));
  }

  private interface Use<T> {
    T apply(Crowd crowd) throws IOException;
  }

  private <T> T with(Bed bed, RunningTarget running, Use<T> use) throws IOException {
    ClientContext context = suite == null ? null : new ClientContext(suite, false);
    try (Crowd crowd = bed.generator().open(Bed.dial(running, context), connections, GREETING)) {
      return use.apply(crowd);
    } finally {
      if (context != null) {
        context.close();
      }
    }
  }

  @Override
  public Setup.Kind kind() {
    return suite == null ? Setup.Kind.PLAIN : Setup.Kind.TLS;
  }
}
