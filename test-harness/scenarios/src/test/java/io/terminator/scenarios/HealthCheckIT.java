package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.core.connect.ConnectCount;
import io.terminator.core.observe.WorkerCount;
import io.terminator.core.phase.CloseReason;
import io.terminator.core.route.ServerHealth;
import io.terminator.core.route.ServerState;
import io.terminator.core.route.ServerView;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.H2Client;
import io.terminator.testkit.H2Client.Frame;
import io.terminator.testkit.HttpBackend;
import io.terminator.testkit.Ports;
import io.terminator.testkit.ScriptedBackend;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsConnection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Health checks: an unhealthy server receives no clients until it is healthy again. */
class HealthCheckIT {
  private static final String OFTEN = "interval: 100ms, timeout: 5s, rise: 2, fall: 2";

  private final TestCa ca = TestCa.create();

  @Test
  void aServerThatIsGoneCostsNoClientATryAndComesBack() throws Exception {
    int port = Ports.free();
    EchoBackend one = EchoBackend.startOn(port);
    try (EchoBackend two = EchoBackend.start();
        RunningTerminator terminator =
            start("check: { %s }".formatted(OFTEN), one.hostAndPort(), two.hostAndPort())) {
      awaitHealth(terminator, ServerHealth.UP, ServerHealth.UP);
      one.close();
      awaitHealth(terminator, ServerHealth.DOWN, ServerHealth.UP);
      assertThat(view(terminator).get(0).standing().finding()).contains("Connection refused");
      assertThat(terminator.metrics())
          .contains(
              "terminator_backend_up{backend=\"app\",server=\"127.0.0.1:%d\",} 0.0"
                  .formatted(port));
      for (int i = 0; i < 6; i++) {
        answered(terminator).close();
      }
      assertThat(terminator.totals().count(ConnectCount.RETRIES)).isZero();

      try (EchoBackend back = EchoBackend.startOn(port)) {
        awaitHealth(terminator, ServerHealth.UP, ServerHealth.UP);
        int checked = back.accepted();
        assertThat(checked).isGreaterThanOrEqualTo(2);
        TlsConnection first = answered(terminator);
        TlsConnection second = answered(terminator);
        // Checks come and go; what stays is the one client.
        await().atMost(RunningTerminator.PATIENCE).until(() -> back.bytes() == 1);
        first.close();
        second.close();
      }
    } finally {
      one.close();
    }
  }

  @Test
  void anAnswerDecidesAndConnectionsOfAServerThatWentDownAreClosed() throws Exception {
    try (HttpBackend one = HttpBackend.start();
        HttpBackend two = HttpBackend.start();
        RunningTerminator terminator =
            start(
                "check: { type: http, path: /health, on-down: close, %s }".formatted(OFTEN),
                one.hostAndPort(),
                two.hostAndPort())) {
      awaitHealth(terminator, ServerHealth.UP, ServerHealth.UP);
      TlsConnection[] open = {asked(terminator), asked(terminator)};
      one.health(503);
      awaitHealth(terminator, ServerHealth.DOWN, ServerHealth.UP);
      assertThat(view(terminator).get(0).standing().finding()).contains("status 503", "200-399");
      terminator.awaitCloses(CloseReason.SERVER_DOWN, 1);
      assertThat(terminator.totals().count(WorkerCount.CONNECTIONS_ACTIVE)).isEqualTo(1);
      one.health(204);
      awaitHealth(terminator, ServerHealth.UP, ServerHealth.UP);
      for (TlsConnection each : open) {
        each.close();
      }
    }
  }

  @Test
  void aServerOfHttp2IsAskedInHttp2() throws Exception {
    AtomicInteger status = new AtomicInteger(200);
    List<Map<String, String>> asked = new CopyOnWriteArrayList<>();
    ScriptedBackend h2c =
        ScriptedBackend.start(
            server -> {
              server.readExactly(24);
              H2Client frames = H2Client.over(server);
              frames.settings();
              Frame request = frames.await(H2Client.HEADERS);
              asked.add(frames.fields(request));
              frames.headers(request.stream(), false, ":status: 103");
              frames.headers(request.stream(), true, ":status: " + status);
              server.awaitEnd();
            });
    try (h2c;
        HttpBackend http1 = HttpBackend.start();
        RunningTerminator terminator =
            start(
                "check: { type: h2c, path: /health, host: app.example, %s }".formatted(OFTEN),
                h2c.hostAndPort(),
                http1.hostAndPort())) {
      awaitHealth(terminator, ServerHealth.UP, ServerHealth.DOWN);
      assertThat(view(terminator).get(1).standing().finding()).contains("not HTTP/2");
      assertThat(asked.get(0))
          .containsEntry(":method", "GET")
          .containsEntry(":path", "/health")
          .containsEntry(":authority", "app.example");
      status.set(503);
      awaitHealth(terminator, ServerHealth.DOWN, ServerHealth.DOWN);
      assertThat(view(terminator).get(0).standing().finding()).contains("status 503", "200-399");
      status.set(204);
      awaitHealth(terminator, ServerHealth.UP, ServerHealth.DOWN);
    }
  }

  @Test
  void checksThatCondemnEveryServerAreNotBelievedUnlessTheyMustBe() throws Exception {
    try (HttpBackend only = HttpBackend.start()) {
      only.health(500);
      String check = "check: { type: http, path: /health, panic-threshold: %d, " + OFTEN + " }";
      try (RunningTerminator trusting = start(check.formatted(1), only.hostAndPort())) {
        awaitHealth(trusting, ServerHealth.DOWN);
        asked(trusting).close();
      }
      try (RunningTerminator strict = start(check.formatted(0), only.hostAndPort())) {
        awaitHealth(strict, ServerHealth.DOWN);
        try (TlsConnection refused = strict.client().connect(strict.address())) {
          assertThat(refused.version()).isNotNull();
          strict.awaitCloses(CloseReason.NO_BACKEND, 1);
        }
      }
    }
  }

  @Test
  void tellsAServerThatExpectsAProxyHeaderThatThereIsNoClient() throws Exception {
    List<byte[]> headers = new CopyOnWriteArrayList<>();
    try (ScriptedBackend backend =
            ScriptedBackend.start(
                client -> {
                  headers.add(client.readExactly(16));
                  String request = client.readUntil("\r\n\r\n");
                  client.write(
                      request.startsWith("GET /up HTTP/1.1\r\nHost: app.example\r\n")
                          ? "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
                          : "HTTP/1.1 400 No\r\nContent-Length: 0\r\n\r\n");
                  client.awaitEnd();
                });
        RunningTerminator terminator =
            start(
                "proxy-protocol: v2, check: { type: http, path: /up, host: app.example, %s }"
                    .formatted(OFTEN),
                backend.hostAndPort())) {
      awaitHealth(terminator, ServerHealth.UP);
      assertThat(headers.get(0))
          .containsExactly(
              0x0d, 0x0a, 0x0d, 0x0a, 0, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a, 0x20, 0, 0, 0);
    }
  }

  @Test
  void aServerThatHangsFailsItsCheckAndADisabledOneIsNotAsked() throws Exception {
    try (ScriptedBackend hanging = ScriptedBackend.start(client -> client.awaitEnd());
        RunningTerminator terminator =
            start(
                "check: { type: http, interval: 100ms, timeout: 100ms, fall: 2 }",
                hanging.hostAndPort())) {
      awaitHealth(terminator, ServerHealth.DOWN);
      assertThat(view(terminator).get(0).standing().finding()).contains("no answer within 100 ms");
      terminator.terminator().pools().get(0).setState(hanging.hostAndPort(), ServerState.DISABLED);
      await().atMost(RunningTerminator.PATIENCE).until(() -> hanging.active() == 0);
      int before = hanging.accepted();
      // One that was under way may still come.
      await()
          .during(java.time.Duration.ofMillis(600))
          .atMost(RunningTerminator.PATIENCE)
          .until(() -> hanging.accepted() <= before + 1);
    }
  }

  private static TlsConnection answered(RunningTerminator terminator) throws Exception {
    TlsConnection client = terminator.client().connect(terminator.address());
    client.write("x");
    assertThat(client.readExactly(1)).asString().isEqualTo("x");
    return client;
  }

  private static TlsConnection asked(RunningTerminator terminator) throws Exception {
    TlsConnection client = terminator.client().connect(terminator.address());
    client.write("GET /bytes/3 HTTP/1.1\r\nHost: x\r\n\r\n");
    assertThat(client.readUntil("\r\n\r\n")).startsWith("HTTP/1.1 200");
    client.readExactly(3);
    return client;
  }

  private static List<ServerView> view(RunningTerminator terminator) {
    return terminator.terminator().pools().get(0).view();
  }

  private static void awaitHealth(RunningTerminator terminator, ServerHealth... health) {
    await()
        .atMost(RunningTerminator.PATIENCE)
        .untilAsserted(
            () ->
                assertThat(view(terminator))
                    .extracting(server -> server.standing().health())
                    .containsExactly(health));
  }

  private RunningTerminator start(String keys, String... servers) {
    return RunningTerminator.start(
        ca,
        Map.of("localhost", ca.server("localhost")),
        """
        workers: 1
        listeners:
          - { name: web, bind: "127.0.0.1:0", certificates: certs/, backend: app }
        backends:
          app: { servers: ["%s"], balance: round-robin, %s }
        """
            .formatted(String.join("\", \"", servers), keys));
  }
}
