package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.terminator.core.observe.WorkerCount;
import io.terminator.core.phase.CloseReason;
import io.terminator.core.throttle.PauseReason;
import io.terminator.core.worker.Deadline;
import io.terminator.core.worker.Worker;
import io.terminator.testkit.Alone;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.TlsClient;
import io.terminator.testkit.TlsConnection;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Connected clients are protected from floods of clients and from a few greedy ones. */
class ProtectionIT {
  private final EchoBackend backend = EchoBackend.start();

  @TempDir Path directory;

  @AfterEach
  void stopBackend() {
    backend.close();
  }

  @Test
  void limitsTheWholeProcessOverAllListenersAndAReloadChangesIt() throws Exception {
    io.terminator.testkit.TestCa ca = io.terminator.testkit.TestCa.create();
    String yaml =
        """
        workers: 2
        limits: { connections: %s }
        listeners:
          - { name: web, bind: "127.0.0.1:0", certificates: certs/, backend: app }
          - { name: other, bind: "127.0.0.1:0", certificates: certs/, backend: app, limits: { connections: 9 } }
        backends:
          app: { servers: ["127.0.0.1:%d"] }
        """;
    try (RunningTerminator terminator =
        RunningTerminator.start(
            ca, Map.of("localhost", ca.server("localhost")), yaml.formatted("2", backend.port()))) {
      TlsClient client = terminator.client();
      InetSocketAddress other = terminator.address("other");
      try (TlsConnection first = client.connect(terminator.address());
          TlsConnection second = client.connect(other)) {
        for (InetSocketAddress full : new InetSocketAddress[] {terminator.address(), other}) {
          long before = terminator.closes(CloseReason.CAPACITY);
          assertThatThrownBy(() -> client.connect(full).close()).isInstanceOf(IOException.class);
          terminator.awaitCloses(CloseReason.CAPACITY, before + 1);
        }
        assertThat(terminator.metrics())
            .contains("terminator_process_connections_limit 2.0")
            .contains("terminator_process_connections_counted 2.0");
        for (String listener : List.of("web", "other")) {
          assertThat(
                  terminator.metric(
                      "terminator_close_total{listener=\"%s\",reason=\"capacity\"}"
                          .formatted(listener)))
              .as(listener)
              .isEqualTo(1);
        }
        terminator.rewrite(yaml.formatted("3", backend.port()));
        assertThat(terminator.terminator().reload("a test").problems()).isEmpty();
        try (TlsConnection third = client.connect(terminator.address())) {
          assertEchoes(first);
          assertEchoes(second);
          assertEchoes(third);
        }
      }
      terminator.awaitNoConnection();
      assertThat(terminator.metrics()).contains("terminator_process_connections_counted 0.0");
      assertThat(log(terminator)).doesNotContain("capacity");
      terminator.rewrite(yaml.formatted("auto", backend.port()));
      assertThat(terminator.terminator().reload("a test").problems()).isEmpty();
      assertThat(terminator.terminator().workers().capacity().most()).isGreaterThan(3);
    }
  }

  @Test
  void limitsFullHandshakesOfASourceAndLetsSessionsBeResumed() throws Exception {
    try (RunningTerminator terminator =
        with("limits: { handshake-rate: 1000, handshake-rate-per-source: 1 }")) {
      TlsClient known = terminator.client();
      try (TlsConnection first = known.connect(terminator.address())) {
        assertEchoes(first);
      }
      await()
          .atMost(RunningTerminator.PATIENCE)
          .until(
              () -> {
                try (TlsConnection stranger =
                    terminator.client().fresh().connect(terminator.address())) {
                  assertEchoes(stranger);
                  return false;
                } catch (IOException refused) {
                  return terminator.closes(CloseReason.LIMITED) > 0;
                }
              });
      // Its handshakes cost next to nothing: several within the second that has one full one.
      for (int i = 0; i < 4; i++) {
        try (TlsConnection again = known.connect(terminator.address())) {
          assertEchoes(again);
          assertThat(again.isResumed()).isTrue();
        }
      }
      await()
          .atMost(RunningTerminator.PATIENCE)
          .ignoreExceptions()
          .untilAsserted(
              () -> {
                try (TlsConnection later =
                    terminator.client().fresh().connect(terminator.address())) {
                  assertEchoes(later);
                }
              });
      terminator.awaitNoConnection();
      assertThat(log(terminator)).doesNotContain("limited");
    }
  }

  @Test
  @Alone("a worker that has to wait for a core looks overloaded")
  void anOverloadedWorkerLetsFullHandshakesWaitAndTheOthersGoFirst() throws Exception {
    try (RunningTerminator terminator =
        RunningTerminator.before(
            backend.address(), "", "workers: 1\noverload: { loop-lag: 60ms, wait: 1m }\n")) {
      TlsClient known = terminator.client();
      try (TlsConnection open = known.connect(terminator.address())) {
        assertEchoes(open);
        Burden burden = new Burden(terminator.terminator().workers().workers().get(0));
        try (burden) {
          awaitMetric(terminator, "terminator_overload_active{worker=\"0\",} 1.0");
          CompletableFuture<Long> stranger =
              CompletableFuture.supplyAsync(() -> echoed(terminator, terminator.client().fresh()));
          await()
              .atMost(RunningTerminator.PATIENCE)
              .until(() -> terminator.totals().count(WorkerCount.HANDSHAKES_HELD) == 1);
          assertEchoes(open);
          assertThat(echoed(terminator, known)).isPositive();
          assertThat(stranger).as("a full handshake while overloaded").isNotDone();
          burden.close();
          assertThat(stranger.get(60, TimeUnit.SECONDS)).isPositive();
        }
      }
      awaitMetric(terminator, "terminator_overload_active{worker=\"0\",} 0.0");
      assertThat(terminator.totals().count(WorkerCount.OVERLOADS)).isPositive();
      assertThat(terminator.closes(CloseReason.OVERLOAD)).isZero();
    }
  }

  @Test
  @Alone("a worker that has to wait for a core looks overloaded")
  void whoWaitedInVainForAnOverloadToPassIsRefused() throws Exception {
    try (RunningTerminator terminator =
            RunningTerminator.before(
                backend.address(), "", "workers: 1\noverload: { loop-lag: 60ms, wait: 100ms }\n");
        Burden burden = new Burden(terminator.terminator().workers().workers().get(0))) {
      awaitMetric(terminator, "terminator_overload_active{worker=\"0\",} 1.0");
      assertThatThrownBy(() -> terminator.client().connect(terminator.address()).close())
          .isInstanceOf(IOException.class);
      terminator.awaitCloses(CloseReason.OVERLOAD, 1);
      burden.close();
    }
  }

  /** Keeps a worker so busy that every tick of its clock is late, until it is closed. */
  private static final class Burden implements AutoCloseable {
    private static final long BUSY_NANOS = 150_000_000L;

    private final Worker worker;
    private volatile boolean closed;

    Burden(Worker worker) {
      this.worker = worker;
      worker.execute(this::carry);
      // The clock does not advance while no deadline is due.
      worker.execute(this::keepClock);
    }

    private void keepClock() {
      worker
          .deadlines()
          .armTicks(
              new Deadline() {
                @Override
                protected void onDue() {
                  if (!closed) {
                    keepClock();
                  }
                }
              },
              1);
    }

    private void carry() {
      long start = System.nanoTime();
      while (!closed && System.nanoTime() - start < BUSY_NANOS) {
        Thread.onSpinWait();
      }
      if (!closed) {
        worker.schedule(this::carry, 1, TimeUnit.MILLISECONDS);
      }
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  private static long echoed(RunningTerminator terminator, TlsClient client) {
    try (TlsConnection connection = client.connect(terminator.address())) {
      assertEchoes(connection);
      return connection.isResumed() ? 2 : 1;
    } catch (IOException refused) {
      throw new java.io.UncheckedIOException(refused);
    }
  }

  @Test
  void readsAddressFilesAgainAndKeepsTheLastGoodState() throws Exception {
    Path deny = Files.writeString(directory.resolve("deny.txt"), "# nobody here\n192.0.2.0/24\n");
    try (RunningTerminator terminator = with("limits: { deny-file: " + deny + " }")) {
      try (TlsConnection before = terminator.client().connect(terminator.address())) {
        assertEchoes(before);
        Files.writeString(deny, "192.0.2.0/24\n127.0.0.0/8 # all of us\n");
        awaitMetric(
            terminator, "terminator_address_list_blocks{listener=\"web\",list=\"deny\",} 2.0");
        assertThatThrownBy(() -> terminator.client().connect(terminator.address()).close())
            .isInstanceOf(IOException.class);
        terminator.awaitCloses(CloseReason.DENIED, 1);
        // Open connections stay.
        assertEchoes(before);
      }
      Files.writeString(deny, "127.0.0.0/8\n10.0.0.1/8\nnonsense\n");
      awaitMetric(
          terminator, "terminator_address_list_usable{listener=\"web\",list=\"deny\",} 0.0");
      assertThatThrownBy(() -> terminator.client().connect(terminator.address()).close())
          .isInstanceOf(IOException.class);
      terminator.awaitCloses(CloseReason.DENIED, 2);
      assertThat(terminator.terminator().reload("a test").problems().toString())
          .contains("limits.deny-file")
          .contains("line 2 is neither an address nor a network")
          .contains("line 3 is neither")
          .doesNotContain("nonsense");
      Files.writeString(deny, "# empty again\n");
      awaitMetric(
          terminator, "terminator_address_list_usable{listener=\"web\",list=\"deny\",} 1.0");
      try (TlsConnection after = terminator.client().connect(terminator.address())) {
        assertEchoes(after);
      }
    }
  }

  private static void awaitMetric(RunningTerminator terminator, String line) {
    await().atMost(RunningTerminator.PATIENCE).until(() -> terminator.metrics().contains(line));
  }

  @Test
  @Alone("its connections are idle for no longer than tenths of a second")
  void limitsTheBytesASecondOfEachDirectionAndLosesNone() throws Exception {
    byte[] sent = new byte[192 * 1024];
    new java.util.Random(7).nextBytes(sent);
    for (String limit : new String[] {"rate-in", "rate-out"}) {
      try (RunningTerminator terminator =
              with("relay: { " + limit + ": 128KiB }\n    deadlines: { idle: 400ms }");
          TlsConnection limited = terminator.client().connect(terminator.address())) {
        long start = System.nanoTime();
        Thread sender = new Thread(() -> writeAll(limited, sent));
        sender.start();
        // Another connection has an allowance of its own.
        try (TlsConnection other = terminator.client().connect(terminator.address())) {
          assertEchoes(other);
        }
        assertThat(limited.readExactly(sent.length)).as(limit).isEqualTo(sent);
        sender.join();
        // One read may be ahead of the rate, and a tick or two of its clock.
        assertThat(System.nanoTime() - start).as(limit).isGreaterThan(600_000_000L);
        assertThat(terminator.totals().pauses(PauseReason.RATE_LIMIT)).as(limit).isPositive();
      }
    }
  }

  private static void writeAll(TlsConnection to, byte[] bytes) {
    try {
      to.write(bytes);
    } catch (IOException closed) {
      throw new java.io.UncheckedIOException(closed);
    }
  }

  @Test
  void reportsWrongLimitsAtOnce() {
    assertThatThrownBy(
            () ->
                RunningTerminator.before(
                    backend.address(),
                    "    limits: { handshake-rate: 5, handshake-rate-per-source: 6 }\n",
                    "limits: { connections: -1 }\n"))
        .hasMessageContaining("limits.connections")
        .hasMessageContaining("auto or a whole number from 1")
        .hasMessageContaining("limits.handshake-rate-per-source")
        .hasMessageContaining("at most handshake-rate, 5");
  }

  private RunningTerminator with(String limits) {
    return RunningTerminator.before(backend.address(), "    " + limits + "\n", "workers: 2\n");
  }

  /**
   * Waits until the log contains the line of a connection that ended well, since a refused one
   * before it would then be logged too.
   */
  private static String log(RunningTerminator terminator) {
    return await()
        .atMost(RunningTerminator.PATIENCE)
        .ignoreExceptions()
        .until(terminator::accessLog, text -> text.contains("client_closed"));
  }

  private static void assertEchoes(TlsConnection connection) throws IOException {
    connection.write("here");
    assertThat(connection.readExactly(4)).asString().isEqualTo("here");
  }
}
