package io.terminator.core.worker;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks every worker twice per second for a sign of life, from a separate thread. A worker that
 * gives none for {@link #LIMIT} is stalled: its stack trace is logged once, and it is in {@link
 * #stalled} until it answers again. Any thread.
 */
public final class StallWatch implements AutoCloseable {
  /** Far longer than a signature or a full garbage collection takes. */
  public static final Duration LIMIT = Duration.ofSeconds(5);

  private static final Logger LOG = LoggerFactory.getLogger(StallWatch.class);
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private final Supplier<List<Worker>> workers;
  private final Map<Worker, Question> open = new HashMap<>();
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread made = new Thread(task, "stall-watch");
            made.setDaemon(true);
            return made;
          });
  private volatile Set<Worker> stalled = Set.of();
  private volatile long stalls;
  private long lastLook = System.nanoTime();

  /** A sign of life requested from a worker. */
  private static final class Question {
    private long since = System.nanoTime();
    private volatile boolean answered;
    private boolean reported;
  }

  /** Watches the workers that {@code workers} returns at each check. */
  public StallWatch(Supplier<List<Worker>> workers) {
    this.workers = workers;
    thread.scheduleWithFixedDelay(this::look, LOOK_NANOS, LOOK_NANOS, TimeUnit.NANOSECONDS);
  }

  private void look() {
    long now = System.nanoTime();
    // This thread was late itself: the process or the machine was suspended, and no worker is to
    // blame for that time.
    long own = Math.max(0, now - lastLook - 2 * LOOK_NANOS);
    lastLook = now;
    List<Worker> all = workers.get();
    open.keySet().retainAll(all);
    Set<Worker> silent = new HashSet<>();
    for (Worker worker : all) {
      if (isLate(worker, now, own)) {
        silent.add(worker);
      }
    }
    stalled = Set.copyOf(silent);
  }

  private boolean isLate(Worker worker, long now, long own) {
    Question question = open.get(worker);
    if (question != null && !question.answered) {
      question.since += own;
      boolean late = now - question.since >= LIMIT.toNanos();
      if (late && !question.reported) {
        question.reported = true;
        stalls++;
        report(worker, now - question.since);
      }
      return late;
    }
    if (question != null && question.reported) {
      LOG.warn(
          "worker={}: recovered after a stall of about {} ms",
          worker.index(),
          TimeUnit.NANOSECONDS.toMillis(now - question.since));
    }
    ask(worker);
    return false;
  }

  private void ask(Worker worker) {
    Question next = new Question();
    open.put(worker, next);
    try {
      worker.execute(() -> next.answered = true);
    } catch (RuntimeException stopped) {
      // The worker was replaced, or the process is ending: no answer is expected.
      open.remove(worker);
    }
  }

  private static void report(Worker worker, long nanos) {
    Throwable where = new Throwable("what the worker was doing");
    where.setStackTrace(worker.stack());
    LOG.error(
        "worker={}: stalled for {} ms; its connections wait and no new one is accepted."
            + " Expected a response within {} ms; report the stack trace",
        worker.index(),
        TimeUnit.NANOSECONDS.toMillis(nanos),
        LIMIT.toMillis(),
        where);
  }

  /** The workers that currently give no sign of life. */
  public Set<Worker> stalled() {
    return stalled;
  }

  /** The number of stalls seen so far. */
  public long stalls() {
    return stalls;
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
