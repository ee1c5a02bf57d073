package io.terminator.core.relay;

import io.terminator.core.worker.Deadline;
import io.terminator.core.worker.DeadlineWheel;
import io.terminator.core.worker.Worker;
import java.util.concurrent.TimeUnit;

/**
 * The rate limit of one direction in bytes per second. Each read costs time according to the rate;
 * if that exceeds {@link #AHEAD_NANOS}, the direction waits. One object for the whole connection,
 * on its worker's clock. Worker thread only.
 */
final class RateLimit extends Deadline {
  // Two ticks of the clock that ends the wait: with less the rate would not be reached.
  private static final long AHEAD_NANOS =
      TimeUnit.MILLISECONDS.toNanos(2L * DeadlineWheel.TICK_MILLIS);

  private final Worker worker;
  private final long bytesPerSecond;
  private final Runnable onPaid;
  private long paidUntil = System.nanoTime();

  RateLimit(Worker worker, long bytesPerSecond, Runnable onPaid) {
    this.worker = worker;
    this.bytesPerSecond = bytesPerSecond;
    this.onPaid = onPaid;
  }

  /** True if the direction has to wait; {@code onPaid} follows. */
  boolean spend(int bytes) {
    long now = System.nanoTime();
    // The product fits into a long: a read is at most some hundred thousand bytes.
    long price = bytes * 1_000_000_000L / bytesPerSecond;
    paidUntil = (paidUntil - now > 0 ? paidUntil : now) + price;
    long ahead = paidUntil - now - AHEAD_NANOS;
    if (ahead <= 0) {
      return false;
    }
    // Up to one tick early rather than late; the next reads make up for it.
    worker
        .deadlines()
        .armTicks(this, TimeUnit.NANOSECONDS.toMillis(ahead) / DeadlineWheel.TICK_MILLIS);
    return true;
  }

  void stop() {
    worker.deadlines().cancel(this);
  }

  @Override
  protected void onDue() {
    onPaid.run();
  }
}
