package io.terminator.load.bench;

import io.terminator.load.generator.ClientContext;
import io.terminator.load.generator.Crowd;
import io.terminator.load.subject.RunningTarget;
import io.terminator.load.wire.Exchange;

/** Idle connections after one exchange over TLS 1.3. */
record IdleCrowd(ClientContext context, Crowd crowd) implements MemoryPhase.Idle {
  private static final Exchange GREETING = Exchange.small(100, 100);

  static MemoryPhase.Idle open(Bed bed, RunningTarget running, int count) {
    ClientContext context = new ClientContext(ClientContext.Suite.TLS13_AES128, false);
    try {
      Crowd crowd = bed.generator().open(Bed.dial(running, context), count, GREETING);
      return new IdleCrowd(context, crowd);
    } catch (RuntimeException failure) {
      context.close();
      throw failure;
    }
  }

  @Override
  public boolean isWhole() {
    return crowd.isWhole();
  }

  @Override
  public void close() {
    crowd.close();
    context.close();
  }
}
