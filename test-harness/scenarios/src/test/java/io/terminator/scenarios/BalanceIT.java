package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.core.observe.WorkerCount;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.Ports;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsClient;
import io.terminator.testkit.TlsConnection;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several servers behind one name: shared evenly, and one that is gone costs no client its connection. */
class BalanceIT {
  private final TestCa ca = TestCa.create();

  @ParameterizedTest
  @ValueSource(strings = {"round-robin", "least-connections"})
  void sharesOpenConnections(String balance) throws Exception {
    try (EchoBackend one = EchoBackend.start();
        EchoBackend two = EchoBackend.start();
        RunningTerminator terminator =
            start(
                "{ balance: %s, servers: [\"%s\", { address: \"%s\", weight: 2 }] }"
                    .formatted(balance, one.hostAndPort(), two.hostAndPort()))) {
      List<TlsConnection> clients = connect(terminator, 12);
      assertThat(one.active()).isEqualTo(4);
      assertThat(two.active()).isEqualTo(8);
      assertThat(metrics(terminator))
          .contains(
              "terminator_backend_connections_active{backend=\"app\",server=\"%s\",} 8.0"
                  .formatted(two.hostAndPort()));
      close(clients);
      terminator.awaitNoConnection();
      assertThat(metrics(terminator))
          .contains(
              "terminator_backend_connections_active{backend=\"app\",server=\"%s\",} 0.0"
                  .formatted(two.hostAndPort()));
    }
  }

  @Test
  void keepsOneAddressOnOneServer() throws Exception {
    try (EchoBackend one = EchoBackend.start();
        EchoBackend two = EchoBackend.start();
        RunningTerminator terminator =
            start(
                "{ balance: source-hash, servers: [\"%s\", \"%s\"] }"
                    .formatted(one.hostAndPort(), two.hostAndPort()))) {
      close(connect(terminator, 10));
      assertThat(List.of(one.accepted(), two.accepted())).containsExactlyInAnyOrder(0, 10);
    }
  }

  @Test
  void passesOverAServerThatRefusesAndComesBackToIt() throws Exception {
    int port = Ports.free();
    try (EchoBackend there = EchoBackend.start();
        RunningTerminator terminator =
            start(
                "{ balance: round-robin, servers: [\"127.0.0.1:%d\", \"%s\"] }"
                    .formatted(port, there.hostAndPort()))) {
      close(connect(terminator, 10));
      assertThat(there.accepted()).isEqualTo(10);
      // Without the mark every other client would have had to try it.
      assertThat(terminator.totals().count(WorkerCount.CONNECT_RETRIES)).isBetween(1L, 3L);
      try (EchoBackend back = EchoBackend.startOn(port)) {
        await()
            .atMost(RunningTerminator.PATIENCE)
            .until(
                () -> {
                  close(connect(terminator, 1));
                  return back.accepted() > 0;
                });
      }
    }
  }

  @Test
  void sendsNobodyToABackupUnlessItMust() throws Exception {
    EchoBackend first = EchoBackend.start();
    try (EchoBackend backup = EchoBackend.start();
        RunningTerminator terminator =
            start(
                "{ servers: [\"%s\", { address: \"%s\", backup: true }] }"
                    .formatted(first.hostAndPort(), backup.hostAndPort()))) {
      close(connect(terminator, 5));
      assertThat(backup.accepted()).isZero();
      first.close();
      close(connect(terminator, 5));
      assertThat(backup.accepted()).isEqualTo(5);
    } finally {
      first.close();
    }
  }

  private RunningTerminator start(String backend) {
    return RunningTerminator.start(
        ca,
        Map.of("localhost", ca.server("localhost")),
        "workers: 1\nlisteners:\n  - { name: web, bind: \"127.0.0.1:0\", certificates: certs/, backend: app }\n"
            + "backends:\n  app: "
            + backend
            + "\n");
  }

  /** Open connections, each of which has been answered. */
  private List<TlsConnection> connect(RunningTerminator terminator, int count) throws IOException {
    List<TlsConnection> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      TlsConnection client =
          TlsClient.trusting(ca).serverName("localhost").connect(terminator.address());
      client.write("x");
      assertThat(client.readExactly(1)).asString().isEqualTo("x");
      all.add(client);
    }
    return all;
  }

  private static void close(List<TlsConnection> clients) throws IOException {
    for (TlsConnection client : clients) {
      client.close();
    }
  }

  private static String metrics(RunningTerminator terminator) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(
                    URI.create(
                        "http://127.0.0.1:"
                            + terminator.terminator().adminAddress().getPort()
                            + "/metrics"))
                .build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }
}
