package io.terminator.load.generator;

import io.terminator.load.loop.Memory;
import io.terminator.load.loop.Reactor;
import io.terminator.load.wire.Exchange;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/**
 * Many clients on one thread. Its methods are called by one other thread, which waits for the
 * result; the clients' contexts belong to the generator that uses them.
 */
public final class Generator implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private final String name;
  private final Reactor reactor;
  private final Workbench bench;
  private boolean givesWay;

  /** {@code name} is the name of the thread in the kernel. */
  public Generator(String name, long seed) {
    this.name = name;
    this.reactor = new Reactor(name);
    this.bench = new Workbench(reactor, seed);
  }

  /**
   * Short-lived clients: {@code atOnce} at a time connect, do one exchange and close, until {@code
   * limit} is reached. Returns when the last one has closed.
   */
  public Outcome churn(Dial dial, Exchange exchange, int atOnce, Limit limit) {
    return run(done -> new Churn(bench, dial, exchange, atOnce, limit, done));
  }

  /** Connects {@code count} clients, does {@code greeting} once on each, and keeps them open. */
  public Crowd open(Dial dial, int count, Exchange greeting) {
    return waitFor(submit(done -> new Crowd(this, bench, dial, count, greeting, done)));
  }

  /** Connects once and returns the negotiated parameters. */
  public Negotiated probe(Dial dial, Exchange exchange) {
    return waitFor(submit(done -> new Probe(bench, dial, exchange, done)));
  }

  /**
   * Begins plaintext connections with a ClientHello, for relays that read the server name in it.
   */
  public void useHelloAsPreamble(String serverName) {
    CompletableFuture<byte[]> hello = new CompletableFuture<>();
    reactor.execute(
        () -> {
          try (ClientContext context = new ClientContext(ClientContext.Suite.TLS13_AES128, false)) {
            ClientTls tls = new ClientTls(context, serverName);
            Memory sink = new Memory(4096);
            byte[] bytes = new byte[tls.begin(sink)];
            sink.buffer().get(0, bytes);
            tls.free();
            bench.preamble(bytes);
            hello.complete(bytes);
          } catch (Exception failure) {
            hello.completeExceptionally(failure);
          }
        });
    waitFor(hello);
  }

  /** Lowers the priority of the generator's thread, for machines with few cores. */
  public void giveWay() {
    if (!givesWay) {
      onThread(() -> Niceness.lower(name));
      givesWay = true;
    }
  }

  /** Runs {@code task} on the generator's thread and waits for it. */
  void onThread(Runnable task) {
    CompletableFuture<Boolean> ran = new CompletableFuture<>();
    reactor.execute(
        () -> {
          task.run();
          ran.complete(true);
        });
    waitFor(ran);
  }

  /** A load that runs on the generator's thread and completes {@code done}. */
  interface Load {
    void begin();
  }

  Outcome run(Function<CompletableFuture<Outcome>, ? extends Load> load) {
    return waitFor(submit(load));
  }

  <T> CompletableFuture<T> submit(Function<CompletableFuture<T>, ? extends Load> load) {
    CompletableFuture<T> done = new CompletableFuture<>();
    reactor.execute(
        () -> {
          try {
            load.apply(done).begin();
          } catch (RuntimeException fault) {
            done.completeExceptionally(fault);
          }
        });
    return done;
  }

  /** As {@link #churn}, without waiting. */
  public CompletableFuture<Outcome> churnMeanwhile(
      Dial dial, Exchange exchange, int atOnce, Limit limit) {
    return submit(done -> new Churn(bench, dial, exchange, atOnce, limit, done));
  }

  static <T> T waitFor(CompletableFuture<T> done) {
    try {
      return done.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException failure) {
      throw new CompletionException(failure.getCause());
    } catch (TimeoutException late) {
      throw new IllegalStateException("no end of the load after " + PATIENCE, late);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", interrupted);
    }
  }

  @Override
  public void close() {
    reactor.close();
  }
}
