package io.terminator.core.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.core.observe.Diagnostics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DeadlineWheelTest {
  private final Worker worker = new Worker(0, 0, 1 << 20, new Diagnostics());

  @AfterEach
  void stop() {
    worker.stop().awaitUninterruptibly();
  }

  @Test
  void firesEachDeadlineOnceAndNeverEarly() throws Exception {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    int count = 2_000;
    CountDownLatch fired = new CountDownLatch(count);
    List<String> early = new ArrayList<>();
    AtomicInteger twice = new AtomicInteger();
    worker.execute(
        () -> {
          for (int i = 0; i < count; i++) {
            long millis = random.nextInt(600);
            long armed = System.nanoTime();
            worker
                .deadlines()
                .arm(
                    new Deadline() {
                      private boolean done;

                      @Override
                      protected void onDue() {
                        long after = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - armed);
                        if (after < millis) {
                          early.add(after + " instead of " + millis);
                        }
                        if (done) {
                          twice.incrementAndGet();
                        }
                        done = true;
                        fired.countDown();
                      }
                    },
                    Duration.ofMillis(millis));
          }
        });
    assertThat(fired.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(early).isEmpty();
    assertThat(twice).hasValue(0);
  }

  @Test
  void whatIsArmedAfterAStandstillIsNotDueAtOnce() throws Exception {
    CompletableFuture<Long> after = new CompletableFuture<>();
    worker.execute(
        () -> worker.deadlines().arm(new Recording("", new ArrayList<>()), Duration.ofMinutes(1)));
    worker.execute(
        () -> {
          LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(900));
          long armed = System.nanoTime();
          worker
              .deadlines()
              .arm(
                  new Deadline() {
                    @Override
                    protected void onDue() {
                      after.complete(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - armed));
                    }
                  },
                  Duration.ofMillis(400));
        });
    assertThat(after.get(20, TimeUnit.SECONDS)).isGreaterThanOrEqualTo(400);
  }

  @Test
  void doesNotFireWhatWasCancelledOrMovedByItsNeighbour() throws Exception {
    CountDownLatch last = new CountDownLatch(1);
    List<String> order = new ArrayList<>();
    worker.execute(
        () -> {
          Deadline cancelled = new Recording("cancelled", order);
          Deadline moved = new Recording("moved", order);
          Deadline canceller =
              new Recording("canceller", order) {
                @Override
                protected void onDue() {
                  super.onDue();
                  worker.deadlines().cancel(cancelled);
                  worker.deadlines().arm(moved, Duration.ofMillis(150));
                }
              };
          // The deadline armed last is first in the slot's list: the canceller must run before its
          // neighbours.
          worker.deadlines().arm(moved, Duration.ofMillis(100));
          worker.deadlines().arm(cancelled, Duration.ofMillis(100));
          worker.deadlines().arm(canceller, Duration.ofMillis(100));
          worker
              .deadlines()
              .arm(
                  new Deadline() {
                    @Override
                    protected void onDue() {
                      last.countDown();
                    }
                  },
                  Duration.ofMillis(500));
        });
    assertThat(last.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(order).containsExactly("canceller", "moved");
  }

  @Test
  void reachesBeyondOneTurnOfTheWheel() throws Exception {
    AtomicInteger fired = new AtomicInteger();
    CountDownLatch near = new CountDownLatch(1);
    worker.execute(
        () -> {
          worker
              .deadlines()
              .arm(
                  new Deadline() {
                    @Override
                    protected void onDue() {
                      fired.incrementAndGet();
                    }
                  },
                  // The same slot as the near one, one turn later.
                  Duration.ofMillis(100 + 1024L * DeadlineWheel.TICK_MILLIS));
          worker
              .deadlines()
              .arm(
                  new Deadline() {
                    @Override
                    protected void onDue() {
                      near.countDown();
                    }
                  },
                  Duration.ofMillis(100));
        });
    assertThat(near.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(fired).hasValue(0);
  }

  private static class Recording extends Deadline {
    private final String name;
    private final List<String> order;

    Recording(String name, List<String> order) {
      this.name = name;
      this.order = order;
    }

    @Override
    protected void onDue() {
      order.add(name);
    }
  }
}
