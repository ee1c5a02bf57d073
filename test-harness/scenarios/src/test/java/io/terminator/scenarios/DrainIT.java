package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.testkit.Deterministic;
import io.terminator.testkit.RawTlsClient;
import io.terminator.testkit.ScriptedBackend;
import io.terminator.testkit.TlsConnection;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * SIGTERM during exchanges: they complete, idle connections are closed, and the process exits with
 * 0.
 */
class DrainIT {
  private static final int CLIENTS = 20;
  private static final int ANSWER = 300_000;

  @Test
  void everyExchangeUnderWayCompletesAndTheProcessEnds() throws Exception {
    CountDownLatch answer = new CountDownLatch(1);
    AtomicInteger asked = new AtomicInteger();
    Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
    AtomicInteger complete = new AtomicInteger();
    try (ScriptedBackend backend =
            ScriptedBackend.start(
                peer -> {
                  peer.readExactly(4);
                  asked.incrementAndGet();
                  assertThat(answer.await(60, TimeUnit.SECONDS)).isTrue();
                  peer.write(Deterministic.bytes(1, ANSWER));
                  peer.awaitEnd();
                });
        ApplianceProcess appliance =
            ApplianceProcess.before(
                backend.address(), List.of(), "drain: { accept-grace: 1s, window: 30s }\n");
        RawTlsClient idle = appliance.client().raw(appliance.address())) {
      idle.handshake();
      Thread[] clients = new Thread[CLIENTS];
      for (int i = 0; i < CLIENTS; i++) {
        clients[i] =
            new Thread(
                () -> {
                  try (TlsConnection connection =
                      appliance.client().fresh().connect(appliance.address())) {
                    connection.write("ping");
                    assertThat(connection.readExactly(ANSWER))
                        .isEqualTo(Deterministic.bytes(1, ANSWER));
                    complete.incrementAndGet();
                    connection.awaitEnd();
                  } catch (Throwable failure) {
                    failures.add(failure);
                  }
                });
        clients[i].start();
      }
      await().atMost(Duration.ofSeconds(60)).until(() -> asked.get() == CLIENTS);
      appliance.process().terminate();
      // Closed by the drain, in order: the exchanges under way are still held back.
      assertThat(idle.readToEnd().ending()).isEqualTo(io.terminator.testkit.Ending.CLOSE_NOTIFY);
      assertThat(appliance.process().isRunning()).isTrue();
      assertThat(complete).hasValue(0);
      answer.countDown();
      assertThat(appliance.process().awaitExit(Duration.ofSeconds(60))).isZero();
      for (Thread client : clients) {
        client.join();
      }
      assertThat(failures).isEmpty();
      assertThat(complete).hasValue(CLIENTS);
      assertThat(java.nio.file.Files.readAllLines(appliance.accessLog())).hasSize(CLIENTS + 1);
    }
  }

  @Test
  void aSecondSigtermEndsAtOnce() throws Exception {
    try (ScriptedBackend backend = ScriptedBackend.start(peer -> peer.awaitEnd());
        ApplianceProcess appliance =
            ApplianceProcess.before(
                backend.address(), List.of(), "drain: { accept-grace: 50s, window: 60s }\n");
        TlsConnection connection = appliance.client().connect(appliance.address())) {
      connection.write("ping");
      appliance.process().signal("TERM");
      appliance.process().awaitLine(".*Draining.*", Duration.ofSeconds(20));
      appliance.process().signal("TERM");
      assertThat(appliance.process().awaitExit(Duration.ofSeconds(20))).isZero();
    }
  }
}
