package io.terminator.core.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.core.observe.Diagnostics;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class WorkerTest {
  private record Part(AtomicInteger closes) implements AutoCloseable {
    @Override
    public void close() {
      closes.incrementAndGet();
    }
  }

  /** A worker that was replaced is kept for its counters. */
  @Test
  void aWorkerThatHasEndedHasClosedItsPartsAndForgottenThem() throws Exception {
    Worker worker = new Worker(0, 0, 64L << 14, new Diagnostics());
    AtomicInteger closes = new AtomicInteger();
    CountDownLatch made = new CountDownLatch(1);
    worker.execute(
        () -> {
          worker.part(Part.class, on -> new Part(closes));
          made.countDown();
        });
    assertThat(made.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(worker.part(Part.class)).isNotNull();
    assertThat(worker.stop().awaitUninterruptibly(20_000)).isTrue();
    assertThat(closes).hasValue(1);
    worker.forget();
    assertThat(worker.part(Part.class)).isNull();
  }
}
