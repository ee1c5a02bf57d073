package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.terminator.core.connect.ConnectCount;
import io.terminator.core.route.Balance;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.Ports;
import io.terminator.testkit.RawTlsClient;
import io.terminator.testkit.TcpClient;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsClient;
import io.terminator.testkit.TlsConnection;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Several servers of one backend: connections are distributed evenly, and a server that is down
 * costs no client its connection.
 */
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
      assertThat(terminator.totals().count(ConnectCount.RETRIES)).isBetween(1L, 3L);
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

  /** Three servers, of which the last has twice the weight, and one source address per client. */
  @ParameterizedTest
  @EnumSource(Balance.class)
  void sharesByWeight(Balance balance) throws Exception {
    try (EchoBackend one = EchoBackend.start();
        EchoBackend two = EchoBackend.start();
        EchoBackend heavy = EchoBackend.start();
        RunningTerminator terminator =
            start(
                "    proxy-protocol: { accept-from: 127.0.0.1 }\n",
                // A server that is slow because the machine is busy must not be passed over.
                "{ balance: %s, connect: { timeout: 1m }, servers: [\"%s\", \"%s\", { address: \"%s\", weight: 2 }] }"
                    .formatted(
                        word(balance),
                        one.hostAndPort(),
                        two.hostAndPort(),
                        heavy.hostAndPort()))) {
      List<EchoBackend> servers = List.of(one, two, heavy);
      List<RawTlsClient> clients = new ArrayList<>();
      List<Integer> places = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        clients.add(connectFrom(terminator, source(i)));
        places.add(place(servers, places));
      }
      int most =
          switch (balance) {
            // Exact, but for each connect that had to be tried elsewhere.
            case ROUND_ROBIN, LEAST_CONNECTIONS ->
                (int) (2 * terminator.totals().count(ConnectCount.RETRIES));
            // Chance, but it takes the less busy of two each time.
            case RANDOM_TWO -> CLIENTS / 10;
            // Chance alone: more than four standard deviations of a fair one.
            case SOURCE_HASH -> CLIENTS / 5;
          };
      assertThat(one.active()).as("1 of 4").isCloseTo(CLIENTS / 4, within(most));
      assertThat(two.active()).as("1 of 4").isCloseTo(CLIENTS / 4, within(most));
      assertThat(heavy.active()).as("2 of 4").isCloseTo(CLIENTS / 2, within(most));
      if (balance == Balance.SOURCE_HASH) {
        int before = heavy.accepted();
        for (int i = 0; i < CLIENTS; i++) {
          connectFrom(terminator, source(i)).close();
        }
        assertThat(heavy.accepted()).as("the same clients again").isEqualTo(2 * before);
      }
      for (RawTlsClient client : clients) {
        client.close();
      }
    }
  }

  private static final int CLIENTS = 120;

  private static String source(int i) {
    return "10.1." + i + "." + (i * 7 % 250 + 1);
  }

  private static String word(Balance balance) {
    return balance.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The index of the server with one more connection than in {@code before}. */
  private static int place(List<EchoBackend> servers, List<Integer> before) {
    for (int i = 0; i < servers.size(); i++) {
      if (servers.get(i).accepted() > Collections.frequency(before, i)) {
        return i;
      }
    }
    throw new AssertionError("no server has one more");
  }

  private RawTlsClient connectFrom(RunningTerminator terminator, String source) throws Exception {
    TcpClient tcp = TcpClient.connect(terminator.address());
    tcp.write(
        ("PROXY TCP4 " + source + " 198.51.100.2 7 443\r\n").getBytes(StandardCharsets.US_ASCII));
    RawTlsClient client = TlsClient.trusting(ca).serverName("localhost").raw(tcp).handshake();
    client.write("x".getBytes(StandardCharsets.US_ASCII));
    assertThat(client.readExactly(1)).asString().isEqualTo("x");
    return client;
  }

  @Test
  void whenAServerLeavesOnlyItsOwnClientsMove() throws Exception {
    try (EchoBackend one = EchoBackend.start();
        EchoBackend two = EchoBackend.start();
        EchoBackend three = EchoBackend.start();
        RunningTerminator terminator =
            start(
                "    proxy-protocol: { accept-from: 127.0.0.1 }\n",
                "{ balance: source-hash, servers: [\"%s\", \"%s\", \"%s\"] }"
                    .formatted(one.hostAndPort(), two.hostAndPort(), three.hostAndPort()))) {
      List<EchoBackend> servers = List.of(one, two, three);
      List<Integer> before = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        connectFrom(terminator, source(i)).close();
        before.add(place(servers, before));
      }
      three.close();
      List<Integer> all = new ArrayList<>(before);
      for (int i = 0; i < CLIENTS; i++) {
        connectFrom(terminator, source(i)).close();
        int now = place(servers, all);
        all.add(now);
        assertThat(now)
            .as(source(i))
            .isIn(before.get(i) == 2 ? List.of(0, 1) : List.of(before.get(i)));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Balance.class)
  void sendsNobodyToABackupUnlessItMust(Balance balance) throws Exception {
    EchoBackend first = EchoBackend.start();
    try (EchoBackend backup = EchoBackend.start();
        RunningTerminator terminator =
            start(
                "{ balance: %s, servers: [\"%s\", { address: \"%s\", backup: true }] }"
                    .formatted(word(balance), first.hostAndPort(), backup.hostAndPort()))) {
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
    return start("", backend);
  }

  private RunningTerminator start(String listenerKeys, String backend) {
    return RunningTerminator.start(
        ca,
        Map.of("localhost", ca.server("localhost")),
        "workers: 1\nlisteners:\n  - name: web\n    bind: \"127.0.0.1:0\"\n    certificates: certs/\n    backend: app\n"
            + listenerKeys
            + "backends:\n  app: "
            + backend
            + "\n");
  }

  /** Opens connections and waits until each has been answered. */
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
