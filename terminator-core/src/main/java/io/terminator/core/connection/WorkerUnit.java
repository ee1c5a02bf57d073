package io.terminator.core.connection;

import io.netty.channel.unix.Socket;
import io.terminator.core.accept.AcceptCount;
import io.terminator.core.accept.Admission;
import io.terminator.core.accept.Binding;
import io.terminator.core.accept.Listener;
import io.terminator.core.accept.ListenerConfig;
import io.terminator.core.close.Closer;
import io.terminator.core.connect.ConnectCount;
import io.terminator.core.connect.IdleConnections;
import io.terminator.core.flow.Connection;
import io.terminator.core.flow.ConnectionObserver;
import io.terminator.core.flow.Leg;
import io.terminator.core.flow.LiveConnections;
import io.terminator.core.observe.Recorder;
import io.terminator.core.phase.CloseReason;
import io.terminator.core.route.Server;
import io.terminator.core.worker.TrafficCounters;
import io.terminator.core.worker.Worker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A worker with its listening sockets and its connections. The constructor and the methods that
 * return a stage may be called from any thread and do their work on the worker; other methods state
 * their thread.
 */
final class WorkerUnit {
  private static final int SLICE = 128;

  private final Worker worker;
  private final LiveConnections live;
  private final Closer closer;
  private final ConnectionObserver observer;
  private final long reportMillis;
  private final Map<String, Listener> listeners = new TreeMap<>();

  /** Reports connections that live longer than {@code report} at that interval; zero: never. */
  WorkerUnit(Worker worker, long firstId, ConnectionObserver observer, Duration report) {
    this.worker = worker;
    this.observer = observer;
    this.reportMillis = report.toMillis();
    this.live = new LiveConnections(worker, firstId);
    this.closer = new Closer(live, observer);
    // Exported as zero from the start: rate() does not see the first increment of a series that
    // appears with it.
    worker.counters().of(AcceptCount.class);
    worker.counters().of(ConnectCount.class);
    worker.execute(() -> new LoadShedder(worker, live));
    if (reportMillis > 0) {
      worker.schedule(this::reportAll, reportMillis, TimeUnit.MILLISECONDS);
    }
  }

  private void reportAll() {
    report(live.snapshot(), 0);
    worker.schedule(this::reportAll, reportMillis, TimeUnit.MILLISECONDS);
  }

  /** In slices: reporting 100,000 connections at once would delay every one of them. */
  private void report(List<Connection> all, int from) {
    int end = Math.min(from + SLICE, all.size());
    long latest = System.currentTimeMillis() - reportMillis;
    for (Connection connection : all.subList(from, end)) {
      if (!connection.isClosed() && connection.acceptedMillis() <= latest) {
        observer.onLiving(connection);
      }
    }
    if (end < all.size()) {
      worker.execute(() -> report(all, end));
    }
  }

  /** Call after the worker has stopped, not on the worker; may wait. */
  void toGone() {
    worker.forget();
    observer.onWorkerGone();
  }

  Worker worker() {
    return worker;
  }

  /** Accepts on {@code socket}, which already listens. */
  CompletionStage<Void> open(
      Socket socket, ListenerConfig config, Admission admission, ConnectionFlow.Plan plan) {
    return onWorker(
        () -> {
          accept(socket, config, admission, plan);
          return null;
        });
  }

  private void accept(
      Socket socket, ListenerConfig config, Admission admission, ConnectionFlow.Plan plan) {
    count(config, plan);
    Listener listener =
        new Listener(
            worker, live, socket, config, admission, new ConnectionFlow(plan, closer, observer));
    listeners.put(config.key(), listener);
    listener.open();
  }

  /** Exports the listener's counters as zero before its first connection, like those of accept. */
  private void count(ListenerConfig config, ConnectionFlow.Plan plan) {
    TrafficCounters traffic = worker.traffic(config.name());
    plan.backends().forEach(traffic::to);
  }

  /**
   * This worker's part of a listener: its socket is {@code fresh}, or that of the open listener
   * {@code from}, or null if this worker has none.
   */
  record Assignment(
      ListenerConfig config,
      Admission admission,
      ConnectionFlow.Plan plan,
      @Nullable String from,
      @Nullable Socket fresh) {}

  /**
   * Replaces the listeners of this worker. Removed listeners accept all connections in their queues
   * before they close.
   */
  CompletionStage<Void> rearrange(List<Assignment> assignments) {
    return onWorker(
        () -> {
          Map<String, Listener> before = new TreeMap<>(listeners);
          listeners.clear();
          for (Assignment assignment : assignments) {
            Listener old = assignment.from() == null ? null : before.remove(assignment.from());
            if (old != null && old.config().equals(assignment.config())) {
              count(assignment.config(), assignment.plan());
              old.replaceIntake(new ConnectionFlow(assignment.plan(), closer, observer));
              listeners.put(old.config().key(), old);
              continue;
            }
            Socket socket = old == null ? assignment.fresh() : old.handOver();
            if (socket != null) {
              if (old != null
                  && !old.config().listening().equals(assignment.config().listening())) {
                Binding.adapt(socket, assignment.config(), worker.diagnostics());
              }
              accept(socket, assignment.config(), assignment.admission(), assignment.plan());
            }
          }
          before.values().forEach(Listener::close);
          return null;
        });
  }

  /** Stops accepting and returns the sockets, by listener key, to the caller. */
  CompletionStage<Map<String, Socket>> handOver() {
    return onWorker(
        () -> {
          Map<String, Socket> sockets = new TreeMap<>();
          worker.toDraining();
          listeners.forEach((key, listener) -> sockets.put(key, listener.handOver()));
          listeners.clear();
          return sockets;
        },
        Map.of());
  }

  CompletionStage<Integer> closeListeners() {
    return onWorker(
        () -> {
          worker.toDraining();
          int closed = listeners.size();
          listeners.values().forEach(Listener::close);
          listeners.clear();
          return closed;
        },
        0);
  }

  CompletionStage<Integer> liveConnections() {
    return onWorker(live::size, 0);
  }

  /**
   * The results of {@code reader} for each live connection. Runs on the worker, so it must be fast.
   */
  <T> CompletionStage<List<T>> read(ConnectionReader<T> reader) {
    CompletableFuture<List<T>> result = new CompletableFuture<>();
    executeOr(
        () -> read(reader, live.snapshot(), 0, new ArrayList<>(), result),
        () -> result.complete(List.of()));
    return result;
  }

  /** In slices: frequent queries with many connections must not monopolize the worker. */
  private <T> void read(
      ConnectionReader<T> reader,
      List<Connection> from,
      int start,
      List<T> read,
      CompletableFuture<List<T>> result) {
    try {
      int end = Math.min(start + SLICE, from.size());
      for (Connection connection : from.subList(start, end)) {
        T one = connection.isClosed() ? null : reader.read(connection);
        if (one != null) {
          read.add(one);
        }
      }
      if (end < from.size()) {
        worker.execute(() -> read(reader, from, end, read, result));
      } else {
        result.complete(read);
      }
    } catch (RuntimeException fault) {
      result.completeExceptionally(fault);
    }
  }

  /**
   * Closes up to {@code most} connections that were idle for {@code quietTicks} and are between
   * exchanges (all remaining connections if {@code quietTicks} is negative). Returns how many
   * remain.
   */
  CompletionStage<Integer> closeQuiet(long quietTicks, int most, CloseReason reason) {
    return onWorker(
        () -> {
          int closed = 0;
          for (Connection connection : live.snapshot()) {
            if (quietTicks < 0) {
              connection.end(reason, "");
            } else if (closed < most
                && connection.isBetweenExchanges(quietTicks)
                && connection.drain(reason)) {
              closed++;
            }
          }
          return live.size();
        },
        0);
  }

  /**
   * A step of a retirement of the connections that {@code which} selects: those that were chosen
   * before and are idle for {@code quietTicks} are closed, and {@code most} others are chosen, the
   * longest idle ones first. A negative {@code most} closes all. In slices, as {@link #read}.
   */
  CompletionStage<Retired> retire(Predicate<Connection> which, int most, long quietTicks) {
    CompletableFuture<Retired> result = new CompletableFuture<>();
    executeOr(
        () -> new Retirement(which, most, quietTicks, live.snapshot(), result).sweep(0),
        () -> result.complete(new Retired(0, 0)));
    return result;
  }

  private final class Retirement {
    private final Predicate<Connection> which;
    private final int most;
    private final long quietTicks;
    private final List<Connection> all;
    private final CompletableFuture<Retired> result;

    /** The least idle one first. */
    private final PriorityQueue<Connection> chosen =
        new PriorityQueue<>(Comparator.comparingLong(Connection::quietTicks));

    private int found;
    private int closed;

    Retirement(
        Predicate<Connection> which,
        int most,
        long quietTicks,
        List<Connection> all,
        CompletableFuture<Retired> result) {
      this.which = which;
      this.most = most;
      this.quietTicks = quietTicks;
      this.all = all;
      this.result = result;
    }

    void sweep(int start) {
      try {
        int end = Math.min(start + SLICE, all.size());
        for (Connection connection : all.subList(start, end)) {
          if (!connection.isClosed() && which.test(connection)) {
            found++;
            choose(connection);
          }
        }
        if (end < all.size()) {
          worker.execute(() -> sweep(end));
          return;
        }
        chosen.forEach(
            connection -> {
              connection.retire();
              closeIfQuiet(connection);
            });
        result.complete(new Retired(found, closed));
      } catch (RuntimeException fault) {
        result.completeExceptionally(fault);
      }
    }

    private void choose(Connection connection) {
      if (most < 0) {
        connection.end(CloseReason.RETIRED, "");
        closed++;
      } else if (connection.isRetiring()) {
        closeIfQuiet(connection);
      } else if (most > 0) {
        chosen.add(connection);
        if (chosen.size() > most) {
          chosen.remove();
        }
      }
    }

    private void closeIfQuiet(Connection connection) {
      if (!connection.isClosed()
          && connection.isBetweenExchanges(quietTicks)
          && connection.drain(CloseReason.RETIRED)
          && connection.isClosed()) {
        closed++;
      }
    }
  }

  /** Severs the legs that {@code which} selects. Asynchronous; does not wait. */
  void severLegs(Predicate<Leg> which, CloseReason reason, String detail) {
    executeOr(
        () -> {
          for (Connection connection : live.snapshot()) {
            connection.forEachLeg(
                leg -> {
                  if (which.test(leg)) {
                    leg.sever(reason, detail);
                  }
                });
          }
        },
        () -> {});
  }

  /** Begins the recording {@code next} in place of the current one. */
  CompletionStage<Boolean> record(Recorder next) {
    return onWorker(
        () -> {
          worker.record(next);
          return true;
        },
        false);
  }

  /** Ends idle connections to {@code server}. Asynchronous; does not wait. */
  void endIdle(Server server) {
    executeOr(
        () -> {
          IdleConnections idle = worker.part(IdleConnections.class);
          if (idle != null) {
            idle.end(server);
          }
        },
        () -> {});
  }

  /**
   * Returns {@code gone}, on this thread, if the worker has ended with all its connections since it
   * was looked up.
   */
  private void executeOr(Runnable task, Runnable gone) {
    try {
      worker.execute(task);
    } catch (RejectedExecutionException ended) {
      gone.run();
    }
  }

  /** Closes the connection with this id; false if it does not exist here. */
  CompletionStage<Boolean> closeConnection(long id, CloseReason reason) {
    return onWorker(
        () -> {
          for (Connection connection : live.snapshot()) {
            if (connection.id() == id) {
              connection.end(reason, "");
              return true;
            }
          }
          return false;
        },
        false);
  }

  private <T extends @Nullable Object> CompletionStage<T> onWorker(Supplier<T> work) {
    CompletableFuture<T> result = new CompletableFuture<>();
    worker.execute(() -> complete(result, work));
    return result;
  }

  /** Returns {@code gone} if the worker has ended with everything on it since it was looked up. */
  private <T extends @Nullable Object> CompletionStage<T> onWorker(Supplier<T> work, T gone) {
    CompletableFuture<T> result = new CompletableFuture<>();
    executeOr(() -> complete(result, work), () -> result.complete(gone));
    return result;
  }

  private static <T extends @Nullable Object> void complete(
      CompletableFuture<T> result, Supplier<T> work) {
    try {
      result.complete(work.get());
    } catch (RuntimeException fault) {
      result.completeExceptionally(fault);
    }
  }
}
