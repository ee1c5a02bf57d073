package io.terminator.load.bench;

import io.terminator.load.generator.ClientContext;
import io.terminator.load.generator.Dial;
import io.terminator.load.generator.Limit;
import io.terminator.load.generator.Outcome;
import io.terminator.load.measure.Sample;
import io.terminator.load.subject.RunningTarget;
import io.terminator.load.subject.Setup;
import io.terminator.load.subject.Target;
import io.terminator.load.wire.Exchange;
import java.io.IOException;

/**
 * Clients that connect, do a handshake, send one request and disconnect; the result is CPU per
 * 1,000 of them.
 */
record VisitPhase(
    String name,
    String description,
    boolean isDefault,
    ClientContext.Suite suite,
    boolean rsa,
    boolean resumed,
    Exchange exchange,
    long count,
    int workers)
    implements Phase {
  private static final int AT_ONCE = 32;
  private static final int LEAST = 50;

  @Override
  public String unit() {
    return "s/1000";
  }

  @Override
  public void warmUp(Bed bed, Target target, Plan plan) throws IOException {
    RunningTarget running = bed.running(target, Setup.Kind.TLS, workers);
    try (ClientContext context = new ClientContext(suite, resumed)) {
      Outcome outcome = visit(bed, running, context, Limit.of(plan.warmUp(target)));
      if (!outcome.problems().isEmpty()) {
        throw new IOException("warm-up: " + outcome.problems());
      }
    }
  }

  @Override
  public Sample measure(Bed bed, Target target, int round, Plan plan) throws IOException {
    RunningTarget running = bed.running(target, Setup.Kind.TLS, workers);
    long visits = plan.count(count, LEAST);
    try (ClientContext context = new ClientContext(suite, resumed)) {
      if (resumed) {
        obtainSession(bed, running, context);
      }
      Measured measured =
          Measured.of(running, () -> visit(bed, running, context, Limit.of(visits)));
      Measured.Expected expected =
          new Measured.Expected(
              visits,
              exchange.answer(),
              resumed ? Measured.Resumption.ALL : Measured.Resumption.NONE);
      return measured.sample(name, target.name(), round, visits, 1000, expected);
    }
  }

  private void obtainSession(Bed bed, RunningTarget running, ClientContext context)
      throws IOException {
    Outcome first = bed.generator().churn(dial(running, context), exchange, 1, Limit.of(2));
    if (!context.hasSession()) {
      throw new IOException("no session to resume after two visits " + first.problems());
    }
  }

  private Outcome visit(Bed bed, RunningTarget running, ClientContext context, Limit limit) {
    return bed.generator().churn(dial(running, context), exchange, AT_ONCE, limit);
  }

  private Dial dial(RunningTarget running, ClientContext context) {
    return rsa ? Bed.dialRsa(running, context) : Bed.dial(running, context);
  }
}
