package io.terminator.load.generator;

import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The counters of a running load, its live connections, and the detection of connections without
 * progress.
 */
final class Tracking {
  private static final int PROBLEMS_KEPT = 5;
  private static final long TICK = Duration.ofMillis(250).toNanos();
  private static final long STUCK = Duration.ofSeconds(20).toNanos();
  private static final long LINGERING = Duration.ofSeconds(3).toNanos();

  private final Workbench bench;
  private final Limit limit;
  private final Latencies latencies = new Latencies();
  private final List<String> problems = new ArrayList<>();
  private final Set<ClientConnection> live = new HashSet<>();
  private final long began = System.nanoTime();
  private final long checkedBefore;
  private @Nullable Future<?> watch;
  private long begun;
  private long exchanges;
  private long handshakes;
  private long resumed;
  private long unclean;
  private long failures;

  Tracking(Workbench bench, Limit limit) {
    this.bench = bench;
    this.limit = limit;
    this.checkedBefore = bench.bytesChecked();
  }

  /** Checks for connections without progress until {@link #outcome}. */
  void watch(ClientConnection.Owner owner) {
    watch = bench.reactor().every(TICK, () -> sweep(owner));
  }

  private void sweep(ClientConnection.Owner owner) {
    long now = System.nanoTime();
    for (ClientConnection connection : List.copyOf(live)) {
      long still = now - connection.moved();
      if (connection.isClosing() && still > LINGERING) {
        connection.drop();
        owner.onEnd(connection, false);
      } else if (!connection.isClosing() && !connection.isIdle() && still > STUCK) {
        String problem =
            "no byte moved for "
                + Duration.ofNanos(STUCK).toSeconds()
                + " s, "
                + connection.progress();
        connection.drop();
        owner.onFailure(connection, problem);
      }
    }
  }

  /** Whether another exchange may begin; counts it if so. */
  boolean beginOne() {
    if (begun >= limit.exchanges()
        || failures > PROBLEMS_KEPT
        || System.nanoTime() - began >= limit.time().toNanos()) {
      return false;
    }
    begun++;
    return true;
  }

  Set<ClientConnection> live() {
    return live;
  }

  void onSecured(ClientConnection connection) {
    handshakes++;
    if (connection.isResumed()) {
      resumed++;
    }
  }

  void onExchanged(long nanos) {
    exchanges++;
    latencies.record(nanos);
  }

  void onEnd(boolean clean) {
    if (!clean) {
      unclean++;
    }
  }

  void onFailure(String problem) {
    failures++;
    if (problems.size() < PROBLEMS_KEPT) {
      problems.add(problem);
    }
  }

  /** Ends the watch. */
  Outcome outcome() {
    if (watch != null) {
      watch.cancel(false);
    }
    if (failures > problems.size()) {
      problems.add((failures - problems.size()) + " more failures");
    }
    return new Outcome(
        exchanges,
        handshakes,
        resumed,
        bench.bytesChecked() - checkedBefore,
        unclean,
        (System.nanoTime() - began) / 1e9,
        latencies,
        problems);
  }

  /** Opens another connection; a refusal is a failure of the load. */
  boolean open(Dial dial, ClientConnection.Owner owner) {
    try {
      live.add(ClientConnection.open(bench, dial, owner));
      return true;
    } catch (IOException refused) {
      onFailure(refused.getMessage() == null ? refused.toString() : refused.getMessage());
      return false;
    }
  }
}
