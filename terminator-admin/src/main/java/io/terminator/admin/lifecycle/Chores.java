package io.terminator.admin.lifecycle;

import io.terminator.core.setting.Quantity;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Recurring work of the control plane, on its own thread. A chore that throws is counted, logged
 * and run again at its next time; the executor by itself would silently drop it forever. Any
 * thread.
 */
public final class Chores implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Chores.class);
  private static final long QUIET_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread made = new Thread(task, "chores");
            made.setDaemon(true);
            return made;
          });
  private final Map<String, LongAdder> failures = new ConcurrentHashMap<>();

  /**
   * Runs {@code work} repeatedly, {@code interval} after the end of the previous run. {@code name}
   * is a metric label.
   */
  public void every(Duration interval, String name, Runnable work) {
    thread.scheduleWithFixedDelay(
        new Chore(name, work), interval.toNanos(), interval.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Runs {@code work} once, after {@code delay}. */
  public void once(Duration delay, String name, Runnable work) {
    thread.schedule(new Chore(name, work), delay.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** The number of failures of each chore; 0 for a chore that has never failed. */
  public Map<String, Long> failures() {
    Map<String, Long> counts = new TreeMap<>();
    failures.forEach((name, count) -> counts.put(name, count.sum()));
    return counts;
  }

  /** Interrupts running work; nothing runs afterwards. */
  @Override
  public void close() {
    thread.shutdownNow();
  }

  private final class Chore implements Runnable {
    private final String name;
    private final Runnable work;
    private final LongAdder failed;
    private long loggedAt = System.nanoTime() - QUIET_NANOS;

    Chore(String name, Runnable work) {
      this.name = name;
      this.work = work;
      this.failed = failures.computeIfAbsent(name, unknown -> new LongAdder());
    }

    @Override
    public void run() {
      try {
        work.run();
      } catch (RuntimeException | Error failure) {
        failed.increment();
        long now = System.nanoTime();
        // A failure every half second would fill the log with the same stack trace.
        if (now - loggedAt >= QUIET_NANOS) {
          loggedAt = now;
          LOG.error(
              "chore={}: failed {} so far; it runs again at its next time. Report the stack",
              name,
              Quantity.of(failed.sum(), "time"),
              failure);
        }
      }
    }
  }
}
