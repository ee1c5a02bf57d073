package io.terminator.admin.appliance;

import io.terminator.admin.api.RetirementView;
import io.terminator.admin.lifecycle.State;
import io.terminator.core.chain.Basis;
import io.terminator.core.connection.Retired;
import io.terminator.core.connection.WorkerGroup;
import io.terminator.core.flow.Connection;
import io.terminator.core.setting.TimeSpan;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes the connections that are on an earlier version of a certificate, over a time, so that not
 * all of their clients connect again at once. Any thread except a worker; {@link #look} is called
 * at intervals and does not wait.
 */
final class Retirements {
  static final Duration INTERVAL = Duration.ofMillis(250);

  private static final Logger LOG = LoggerFactory.getLogger(Retirements.class);
  private static final int MOST = 16;
  private static final Duration QUIET = Duration.ofSeconds(1);
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final WorkerGroup workers;
  private final Supplier<State> state;
  private final Map<String, Retirement> all = new LinkedHashMap<>();

  private enum Progress {
    RUNNING,
    DONE,
    STOPPED
  }

  private static final class Retirement {
    private final String name;
    private final Predicate<Connection> which;
    private final Instant started;
    private final Duration window;
    private final @Nullable Instant before;
    private final long startNanos = System.nanoTime();
    private final Duration quiet;

    /** The step that the workers are at; the first one only counts. */
    private CompletableFuture<Retired> step;

    private Progress progress = Progress.RUNNING;
    private boolean isCounted;
    private int total;
    private int chosen;
    private int left;

    Retirement(
        String name,
        Predicate<Connection> which,
        Duration window,
        @Nullable Instant before,
        WorkerGroup workers) {
      this.name = name;
      this.which = which;
      this.started = Instant.now();
      this.window = window;
      this.before = before;
      Duration tenth = window.dividedBy(10);
      this.quiet = tenth.compareTo(QUIET) < 0 ? tenth : QUIET;
      this.step = begin(workers, 0);
    }

    private CompletableFuture<Retired> begin(WorkerGroup workers, int most) {
      return workers
          .retire(which, most, quiet)
          .toCompletableFuture()
          .orTimeout(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    }

    void begin(WorkerGroup workers) {
      step = begin(workers, next());
    }

    /** Reads the result of the step; without one, because a worker is stalled, nothing changes. */
    void read() {
      Retired done;
      try {
        done = step.join();
      } catch (CompletionException failure) {
        LOG.warn("certificate={}: a step of the retirement failed: {}", name, failure.getMessage());
        return;
      }
      left = done.found() - done.closed();
      if (!isCounted) {
        isCounted = true;
        total = done.found();
      }
    }

    /** How many connections to choose now; all are chosen at the end of the window. */
    int next() {
      long elapsed = System.nanoTime() - startNanos;
      if (elapsed >= window.toNanos()) {
        return -1;
      }
      double due = (double) total * elapsed / window.toNanos() - chosen;
      int next = (int) Math.round(due * ThreadLocalRandom.current().nextDouble(0.5, 1.5));
      int some = Math.max(0, next);
      chosen += some;
      return some;
    }

    private int closed() {
      return Math.max(0, total - left);
    }

    RetirementView view() {
      return new RetirementView(
          name,
          progress.name().toLowerCase(Locale.ROOT),
          started.toString(),
          started.plus(window).toString(),
          before == null ? null : before.toString(),
          total,
          closed(),
          left);
    }
  }

  Retirements(WorkerGroup workers, Supplier<State> state) {
    this.workers = workers;
    this.state = state;
  }

  /**
   * Begins to close the connections on a certificate of this {@code name}: those accepted {@code
   * before}, or without it those on none of {@code present}, the fingerprints in service. Null if
   * the name is of no connection and not in service. An exception says why it is refused.
   */
  synchronized @Nullable RetirementView begin(
      String name, Set<String> present, Duration window, @Nullable Instant before) {
    Retirement running = all.get(name);
    if (running != null && running.progress == Progress.RUNNING) {
      throw new IllegalStateException(
          "certificate \""
              + name
              + "\" is being retired already; DELETE /v1/retirements/"
              + name
              + " stops that");
    }
    if (running == null && all.size() == MOST && !forgetOne()) {
      throw new IllegalStateException(
          MOST + " certificates are being retired; expected another one when one of them is done");
    }
    Retirement next = new Retirement(name, which(name, present, before), window, before, workers);
    next.read();
    if (!next.isCounted) {
      throw new IllegalStateException("a worker does not answer; expected one that is not stalled");
    }
    if (next.total == 0 && present.isEmpty()) {
      return null;
    }
    all.remove(name);
    all.put(name, next);
    LOG.info(
        "certificate={}: retiring {} connections within {}",
        name,
        next.total,
        TimeSpan.spell(window));
    proceed(next);
    return next.view();
  }

  /** Later connections are not concerned, even if the certificate changes again. */
  private static Predicate<Connection> which(
      String name, Set<String> present, @Nullable Instant before) {
    long until = before == null ? System.currentTimeMillis() : before.toEpochMilli();
    return connection ->
        name.equals(connection.protection().certificate())
            && connection.acceptedMillis() < until
            && (before != null || !isOnOneOf(present, connection));
  }

  private boolean forgetOne() {
    for (Retirement each : all.values()) {
      if (each.progress != Progress.RUNNING) {
        all.remove(each.name);
        return true;
      }
    }
    return false;
  }

  private static boolean isOnOneOf(Set<String> fingerprints, Connection connection) {
    Basis basis = connection.protection().basis();
    return basis != null && fingerprints.contains(basis.fingerprint());
  }

  /** Continues every retirement whose last step is done. */
  synchronized void look() {
    for (Retirement each : all.values()) {
      if (each.progress == Progress.RUNNING && each.step.isDone()) {
        each.read();
        proceed(each);
      }
    }
  }

  private void proceed(Retirement retirement) {
    if (retirement.left == 0) {
      end(retirement, Progress.DONE);
    } else if (state.get() != State.SERVING) {
      // A drain closes every connection.
      end(retirement, Progress.STOPPED);
    } else {
      retirement.begin(workers);
    }
  }

  private static void end(Retirement retirement, Progress how) {
    retirement.progress = how;
    LOG.info(
        "certificate={}: retirement {}, {} of {} connections closed, {} left",
        retirement.name,
        how.name().toLowerCase(Locale.ROOT),
        retirement.closed(),
        retirement.total,
        retirement.left);
  }

  /** Stops a retirement; null if none of this {@code name} is running. */
  synchronized @Nullable RetirementView stop(String name) {
    Retirement running = all.get(name);
    if (running == null || running.progress != Progress.RUNNING) {
      return null;
    }
    end(running, Progress.STOPPED);
    return running.view();
  }

  /** Oldest first. */
  synchronized List<RetirementView> views() {
    List<RetirementView> views = new ArrayList<>();
    all.values().forEach(each -> views.add(each.view()));
    return views;
  }
}
