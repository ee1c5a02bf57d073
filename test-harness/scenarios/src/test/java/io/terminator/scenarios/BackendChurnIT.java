package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.core.connect.ConnectCount;
import io.terminator.core.observe.WorkerCount;
import io.terminator.core.phase.CloseReason;
import io.terminator.core.route.Balance;
import io.terminator.testkit.Alone;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.Ports;
import io.terminator.testkit.RawTlsClient;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsConnection;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Servers start, stop and hang while clients keep connecting. */
@Alone("it bounds the time a client waits to tenths of a second")
class BackendChurnIT {
  private static final int ROUNDS = 2;

  private final TestCa ca = TestCa.create();

  @ParameterizedTest
  @EnumSource(Balance.class)
  void losesNoConnectionThatARetryCouldSave(Balance balance) throws Exception {
    EchoBackend[] servers = {
      EchoBackend.startOn(Ports.free()), EchoBackend.startOn(Ports.free()), EchoBackend.start()
    };
    ExecutorService clients = Executors.newFixedThreadPool(3);
    AtomicBoolean over = new AtomicBoolean();
    try (RunningTerminator terminator =
        start(
            "{ balance: %s, check: { interval: 100ms, timeout: 5s }, connect: { timeout: 20s },"
                    .formatted(balance.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-'))
                + " servers: [\"%s\", \"%s\", \"%s\"] }"
                    .formatted(
                        servers[0].hostAndPort(),
                        servers[1].hostAndPort(),
                        servers[2].hostAndPort()))) {
      List<Future<Integer>> served = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        served.add(clients.submit(() -> visitUntil(over, terminator)));
      }
      for (int round = 0; round < ROUNDS; round++) {
        int victim = round % 2;
        int port = servers[victim].address().getPort();
        long before = terminator.totals().count(WorkerCount.CONNECTIONS_TOTAL);
        servers[victim].close();
        awaitVisits(terminator, before + 10);
        servers[victim] = EchoBackend.startOn(port);
        awaitVisits(terminator, before + 20);
      }
      over.set(true);
      int all = 0;
      for (Future<Integer> each : served) {
        all += each.get(60, TimeUnit.SECONDS);
      }
      assertThat(all).isPositive();
      // Connections that a killed server had accepted are lost; refused ones are not.
      for (CloseReason lost :
          List.of(
              CloseReason.CONNECT_FAILED, CloseReason.CONNECT_TIMEOUT, CloseReason.NO_BACKEND)) {
        assertThat(terminator.closes(lost)).as(lost.label()).isZero();
      }
    } finally {
      over.set(true);
      clients.shutdownNow();
      for (EchoBackend server : servers) {
        server.close();
      }
    }
  }

  @Test
  void aServerThatHangsSlowsNobodyElse() throws Exception {
    try (EchoBackend good = EchoBackend.start();
        Hanging hanging = new Hanging();
        RunningTerminator terminator =
            start(
                "{ connect: { timeout: 30s, attempts: 1 }, servers: [\"127.0.0.1:%d\"] }\n"
                        .formatted(hanging.port())
                    + "  good: { servers: [\"%s\"] }".formatted(good.hostAndPort()))) {
      List<RawTlsClient> stuck = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        RawTlsClient client =
            terminator.client().serverName("hanging.example").raw(terminator.address());
        stuck.add(client.handshake());
      }
      for (int i = 0; i < 50; i++) {
        visit(terminator, "localhost");
      }
      assertThat(good.accepted()).isEqualTo(50);
      // All of that while the others still waited.
      assertThat(terminator.closes(CloseReason.CONNECT_TIMEOUT)).isZero();
      assertThat(terminator.totals().count(WorkerCount.CONNECTIONS_ACTIVE))
          .isGreaterThanOrEqualTo(5);
      for (RawTlsClient each : stuck) {
        each.reset();
      }
      terminator.awaitNoConnection();
    }
  }

  @Test
  void aServerThatHangsCostsNoClientOfItsBackendItsConnection() throws Exception {
    try (EchoBackend one = EchoBackend.start();
        EchoBackend two = EchoBackend.start();
        Hanging hanging = new Hanging();
        RunningTerminator terminator =
            start(
                "{ balance: round-robin, connect: { timeout: 300ms, attempts: 3 }, servers: [\"%s\", \"127.0.0.1:%d\", \"%s\"] }"
                    .formatted(one.hostAndPort(), hanging.port(), two.hostAndPort()))) {
      int waited = 0;
      for (int i = 0; i < 60; i++) {
        long retries = terminator.totals().count(ConnectCount.RETRIES);
        visit(terminator, "localhost");
        waited += terminator.totals().count(ConnectCount.RETRIES) > retries ? 1 : 0;
      }
      assertThat(one.accepted() + two.accepted()).isEqualTo(60);
      for (CloseReason lost :
          List.of(
              CloseReason.CONNECT_FAILED, CloseReason.CONNECT_TIMEOUT, CloseReason.NO_BACKEND)) {
        assertThat(terminator.closes(lost)).as(lost.label()).isZero();
      }
      // Round robin would select it every third time: a server that hung is skipped for a while.
      assertThat(waited).as("clients that had to try it").isBetween(1, 10);
    }
  }

  @Test
  void aServerThatDoesNotAnswerSlowsNobodyOfAnother() throws Exception {
    try (EchoBackend good = EchoBackend.start();
        ServerSocket mute = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        RunningTerminator terminator =
            start(
                "{ balance: round-robin, servers: [\"%s\", \"127.0.0.1:%d\"] }"
                    .formatted(good.hostAndPort(), mute.getLocalPort()))) {
      List<RawTlsClient> clients = new ArrayList<>();
      byte[] lot = new byte[64 * 1024];
      for (int i = 0; i < 10; i++) {
        RawTlsClient client = terminator.client().serverName("localhost").raw(terminator.address());
        clients.add(client.handshake());
        client.write(new byte[] {'x'});
        if (i % 2 == 1) {
          // For a client that does not read, bytes wait in every buffer.
          client.write(lot);
        }
      }
      org.awaitility.Awaitility.await()
          .atMost(RunningTerminator.PATIENCE)
          .until(() -> good.active() == 5);
      List<Long> millis = new ArrayList<>();
      for (int round = 0; round < 20; round++) {
        for (int i = 0; i < clients.size(); i += 2) {
          long start = System.nanoTime();
          if (round > 0) {
            clients.get(i).write(new byte[] {'x'});
          }
          assertThat(clients.get(i).readExactly(1)).asString().isEqualTo("x");
          millis.add((System.nanoTime() - start) / 1_000_000);
        }
      }
      millis.sort(null);
      // The machine is shared: the assertion is that no client waits for the server that does not
      // answer.
      assertThat(millis.get(millis.size() / 2)).as("median in milliseconds").isLessThan(100);
      assertThat(millis.get(millis.size() - 1)).as("longest").isLessThan(5_000);
      assertThat(terminator.totals().count(WorkerCount.CONNECTIONS_ACTIVE)).isEqualTo(10);
      for (RawTlsClient client : clients) {
        client.reset();
      }
      terminator.awaitNoConnection();
    }
  }

  /** A server whose accept queue is full: the kernel drops further connection attempts. */
  private static final class Hanging implements AutoCloseable {
    private final ServerSocket listening;
    private final List<Socket> queued = new ArrayList<>();

    Hanging() throws IOException {
      listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
      while (true) {
        Socket next = new Socket();
        queued.add(next);
        try {
          next.connect(listening.getLocalSocketAddress(), 200);
        } catch (SocketTimeoutException full) {
          return;
        }
      }
    }

    int port() {
      return listening.getLocalPort();
    }

    @Override
    public void close() throws IOException {
      for (Socket each : queued) {
        each.close();
      }
      listening.close();
    }
  }

  private static int visitUntil(AtomicBoolean over, RunningTerminator terminator)
      throws IOException {
    int served = 0;
    while (!over.get()) {
      try {
        visit(terminator, "localhost");
        served++;
      } catch (IOException killed) {
        // Its server was killed under it; the appliance's own count of refusals is what matters.
      }
    }
    return served;
  }

  private static void visit(RunningTerminator terminator, String name) throws IOException {
    try (TlsConnection client =
        terminator.client().serverName(name).connect(terminator.address())) {
      client.write("x");
      if (client.readExactly(1)[0] != 'x') {
        throw new IOException("another answer");
      }
    }
  }

  private static void awaitVisits(RunningTerminator terminator, long count) {
    org.awaitility.Awaitility.await()
        .atMost(RunningTerminator.PATIENCE)
        .pollInterval(java.time.Duration.ofMillis(5))
        .until(() -> terminator.totals().count(WorkerCount.CONNECTIONS_TOTAL) >= count);
  }

  private RunningTerminator start(String app) {
    String good = app.contains("good:") ? "good" : "app";
    return RunningTerminator.start(
        ca,
        Map.of("localhost", ca.server("localhost", "hanging.example")),
        """
        workers: 1
        listeners:
          - name: web
            bind: "127.0.0.1:0"
            certificates: certs/
            routes: [{ sni: hanging.example, backend: app }]
            backend: %s
        backends:
          app: %s
        """
            .formatted(good, app));
  }
}
