package io.terminator.load.generator;

import io.netty.util.concurrent.Future;
import io.terminator.load.wire.Exchange;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Clients that stay connected. Called by the thread that calls the generator. */
public final class Crowd implements Generator.Load, ClientConnection.Owner, AutoCloseable {
  private static final int OPENING_AT_ONCE = 32;

  private final Generator generator;
  private final Workbench bench;
  private final Dial dial;
  private final int size;
  private final Exchange greeting;
  private final CompletableFuture<Crowd> opened;
  private final Tracking opening;
  private final List<ClientConnection> ready = new ArrayList<>();
  // What every event belongs to after the crowd was opened; null between runs.
  private @Nullable Run run;
  private @Nullable String lost;

  Crowd(
      Generator generator,
      Workbench bench,
      Dial dial,
      int size,
      Exchange greeting,
      CompletableFuture<Crowd> opened) {
    this.generator = generator;
    this.bench = bench;
    this.dial = dial;
    this.size = size;
    this.greeting = greeting;
    this.opened = opened;
    this.opening = new Tracking(bench, Limit.of(size));
  }

  @Override
  public void begin() {
    opening.watch(this);
    for (int i = 0; i < Math.min(OPENING_AT_ONCE, size); i++) {
      openNext();
    }
  }

  private void openNext() {
    if (opening.beginOne() && !opening.open(dial, this)) {
      giveUp(opening.outcome().problems().toString());
    }
  }

  private void giveUp(String problem) {
    opening.outcome();
    opening.live().forEach(ClientConnection::drop);
    ready.forEach(ClientConnection::drop);
    opened.completeExceptionally(
        new IOException("after " + ready.size() + " of " + size + " connections: " + problem));
  }

  @Override
  public void onReady(ClientConnection connection) throws IOException {
    connection.exchange(greeting, System.nanoTime());
  }

  @Override
  public void onAnswer(ClientConnection connection, long nanos) throws IOException {
    Run current = run;
    if (current != null) {
      current.onAnswer(connection, nanos);
      return;
    }
    opening.live().remove(connection);
    ready.add(connection);
    if (ready.size() == size) {
      opening.outcome();
      opened.complete(this);
    } else {
      openNext();
    }
  }

  @Override
  public void onEnd(ClientConnection connection, boolean clean) {
    ready.remove(connection);
  }

  @Override
  public void onFailure(ClientConnection connection, String problem) {
    ready.remove(connection);
    Run current = run;
    if (current != null) {
      current.onFailure(problem);
    } else if (!opened.isDone()) {
      giveUp(problem);
    } else {
      lost = problem;
    }
  }

  /**
   * Runs all clients concurrently, each with one exchange after the other, until {@code limit} is
   * reached.
   */
  public Outcome exchange(Exchange exchange, Limit limit) {
    return generator.run(done -> new Closed(exchange, limit, done));
  }

  /**
   * One exchange every {@code interval} for {@code time}, by the clients in turn, whether or not
   * earlier ones were answered: latency is measured from the time when an exchange was due.
   */
  public Outcome pace(Exchange exchange, Duration interval, Duration time) {
    return generator.run(done -> new Paced(exchange, interval, time, done));
  }

  /** Whether all clients are still connected. */
  public boolean isWhole() {
    boolean[] whole = new boolean[1];
    generator.onThread(() -> whole[0] = ready.size() == size);
    return whole[0];
  }

  /** Drops all clients. */
  @Override
  public void close() {
    generator.onThread(
        () -> {
          ready.forEach(ClientConnection::drop);
          ready.clear();
        });
  }

  private abstract class Run implements Generator.Load {
    final Exchange exchange;
    final Tracking tracking;
    private final CompletableFuture<Outcome> done;

    Run(Exchange exchange, Limit limit, CompletableFuture<Outcome> done) {
      this.exchange = exchange;
      this.tracking = new Tracking(bench, limit);
      this.done = done;
    }

    @Override
    public void begin() {
      run = this;
      tracking.live().addAll(ready);
      tracking.watch(Crowd.this);
      if (lost != null) {
        onFailure("lost while idle: " + lost);
      }
    }

    abstract void onAnswer(ClientConnection connection, long nanos) throws IOException;

    void onFailure(String problem) {
      tracking.onFailure(problem);
      end();
    }

    void end() {
      if (!done.isDone()) {
        run = null;
        Outcome outcome = tracking.outcome();
        if (!outcome.problems().isEmpty()) {
          ready.forEach(ClientConnection::drop);
        }
        done.complete(outcome);
      }
    }

    void start(ClientConnection connection, long due) {
      try {
        connection.exchange(exchange, due);
      } catch (IOException failure) {
        connection.onBroken(failure);
      }
    }
  }

  private final class Closed extends Run {
    private int busy;

    Closed(Exchange exchange, Limit limit, CompletableFuture<Outcome> done) {
      super(exchange, limit, done);
    }

    @Override
    public void begin() {
      super.begin();
      for (ClientConnection connection : List.copyOf(ready)) {
        if (tracking.beginOne()) {
          busy++;
          start(connection, System.nanoTime());
        }
      }
      if (busy == 0) {
        end();
      }
    }

    @Override
    void onAnswer(ClientConnection connection, long nanos) throws IOException {
      tracking.onExchanged(nanos);
      if (tracking.beginOne()) {
        connection.exchange(exchange, System.nanoTime());
      } else if (--busy == 0) {
        end();
      }
    }
  }

  private final class Paced extends Run {
    private final long interval;
    private final long from = System.nanoTime();
    private final long slots;
    private final boolean[] waiting;
    private @Nullable Future<?> ticks;
    private long nextSlot;
    private int busy;

    Paced(Exchange exchange, Duration interval, Duration time, CompletableFuture<Outcome> done) {
      super(exchange, Limit.of(Long.MAX_VALUE), done);
      this.interval = interval.toNanos();
      this.slots = time.toNanos() / this.interval;
      this.waiting = new boolean[size];
    }

    @Override
    public void begin() {
      super.begin();
      ticks = bench.reactor().every(interval, this::tick);
    }

    private void tick() {
      long now = System.nanoTime();
      while (nextSlot < slots && from + nextSlot * interval <= now) {
        int turn = (int) (nextSlot % ready.size());
        if (waiting[turn]) {
          // Its last exchange is still out: what is due now waits for it and is as late as that is.
          return;
        }
        waiting[turn] = true;
        busy++;
        start(ready.get(turn), from + nextSlot * interval);
        nextSlot++;
      }
      if (nextSlot >= slots && busy == 0) {
        end();
      }
    }

    @Override
    void onAnswer(ClientConnection connection, long nanos) {
      tracking.onExchanged(nanos);
      waiting[ready.indexOf(connection)] = false;
      busy--;
    }

    @Override
    void end() {
      if (ticks != null) {
        ticks.cancel(false);
      }
      super.end();
    }
  }
}
