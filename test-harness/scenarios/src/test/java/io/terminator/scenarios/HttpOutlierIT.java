package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.testkit.H2Client;
import io.terminator.testkit.ScriptedBackend;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsConnection;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Servers are avoided because of their responses. */
class HttpOutlierIT {
  private static final String HEAD_END = "\r\n\r\n";
  private static final String GET = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

  private final TestCa ca = TestCa.create();
  private final AtomicInteger status = new AtomicInteger(503);
  private final AtomicInteger asked = new AtomicInteger();

  /** Answers with {@link #status}; zero closes without a response. */
  private ScriptedBackend bad() {
    return ScriptedBackend.start(
        server -> {
          while (true) {
            server.readUntil(HEAD_END);
            asked.incrementAndGet();
            if (status.get() == 0) {
              return;
            }
            server.write("HTTP/1.1 " + status + " x\r\nContent-Length: 2\r\n\r\nok");
          }
        });
  }

  private RunningTerminator start(String keys, ScriptedBackend... backends) {
    StringBuilder servers = new StringBuilder();
    for (ScriptedBackend each : backends) {
      servers.append(servers.isEmpty() ? "" : ", ");
      servers.append("\"127.0.0.1:").append(each.address().getPort()).append('"');
    }
    return RunningTerminator.http(ca, servers.toString(), "    balance: round-robin\n" + keys);
  }

  private static String ask(TlsConnection client) throws IOException {
    client.write(GET);
    String status = client.readUntil(HEAD_END).substring(9, 12);
    client.readUntil(status.equals("502") ? "\n" : "ok");
    return status;
  }

  private static double count(RunningTerminator terminator, String metric, ScriptedBackend of)
      throws Exception {
    String server = "server=\"127.0.0.1:" + of.address().getPort() + "\"";
    return terminator
        .metrics()
        .lines()
        .filter(line -> line.startsWith("terminator_backend_" + metric) && line.contains(server))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
        .sum();
  }

  @Test
  void aServerIsAvoidedAfterConsecutiveErrorsAndTriedAgainWithOneRequest() throws Exception {
    try (ScriptedBackend bad = bad();
        ScriptedBackend good = ScriptedBackend.start(HttpOneIT::answerAll);
        RunningTerminator terminator = start("    outlier: { errors: 2 }\n", bad, good);
        TlsConnection client = HttpOneIT.connect(terminator)) {
      for (int i = 0; i < 4; i++) {
        ask(client);
      }
      assertThat(asked).hasValue(2);
      for (int i = 0; i < 6; i++) {
        assertThat(ask(client)).isEqualTo("200");
      }
      assertThat(count(terminator, "ejections_total", bad)).isEqualTo(1);
      assertThat(count(terminator, "response_errors_total", bad)).isEqualTo(2);
      assertThat(count(terminator, "response_errors_total", good)).isZero();

      await().atMost(RunningTerminator.PATIENCE).until(() -> ask(client).equals("503"));
      assertThat(asked).hasValue(3);
      for (int i = 0; i < 6; i++) {
        assertThat(ask(client)).isEqualTo("200");
      }
      assertThat(count(terminator, "ejections_total", bad)).isEqualTo(2);

      status.set(200);
      await()
          .atMost(RunningTerminator.PATIENCE)
          .until(
              () -> {
                ask(client);
                return asked.get() == 5;
              });
      // The good response ended it: errors are counted from the start.
      status.set(503);
      await().atMost(RunningTerminator.PATIENCE).until(() -> ask(client).equals("503"));
      await().atMost(RunningTerminator.PATIENCE).until(() -> ask(client).equals("503"));
      assertThat(asked).hasValue(7);
      assertThat(count(terminator, "ejections_total", bad)).isEqualTo(3);
    }
  }

  /**
   * Its server answers calls with {@code end}, after a message or with nothing but the trailers.
   */
  private static ScriptedBackend grpc(boolean message, String end) {
    return ScriptedBackend.start(
        server -> {
          server.readExactly(24);
          H2Client frames = H2Client.over(server);
          frames.settings();
          while (true) {
            int stream = frames.await(H2Client.HEADERS).stream();
            if (message) {
              frames.headers(stream, false, ":status: 200", "content-type: application/grpc");
              frames.data(stream, end.isEmpty(), "message");
              if (!end.isEmpty()) {
                frames.headers(stream, true, end);
              }
            } else {
              frames.headers(stream, true, ":status: 200", "content-type: application/grpc", end);
            }
          }
        });
  }

  @ParameterizedTest
  @CsvSource({
    "true,  'grpc-status: 14', 1",
    "false, 'grpc-status: 14', 1",
    "true,  '', 1",
    "true,  'grpc-status: 5', 0",
    "false, 'grpc-status: 0', 0"
  })
  void theResultsOfGrpcCallsCountIfTheyAreConfigured(boolean message, String end, int ejections)
      throws Exception {
    String keys = "    protocol: h2c\n    outlier: { errors: 2, grpc-status: [unavailable] }\n";
    try (ScriptedBackend bad = grpc(message, end);
        ScriptedBackend good = grpc(true, "grpc-status: 0");
        RunningTerminator terminator = start(keys, bad, good);
        H2Client client =
            H2Client.over(terminator.client().alpn("h2").connect(terminator.address())).begin()) {
      for (int stream = 1; stream < 12; stream += 2) {
        client.headers(
            stream, true, H2Client.request("POST", "/call", "content-type: application/grpc"));
        assertThat(client.response(stream).status()).isEqualTo("200");
      }
      assertThat(count(terminator, "ejections_total", bad)).isEqualTo(ejections);
      assertThat(count(terminator, "ejections_total", good)).isZero();
    }
  }

  @Test
  void responsesThatDoNotComeAreErrors() throws Exception {
    status.set(0);
    try (ScriptedBackend bad = bad();
        ScriptedBackend good = ScriptedBackend.start(HttpOneIT::answerAll);
        RunningTerminator terminator = start("    outlier: { errors: 3 }\n", bad, good);
        TlsConnection client = HttpOneIT.connect(terminator)) {
      int failed = 0;
      for (int i = 0; i < 12; i++) {
        failed += ask(client).equals("502") ? 1 : 0;
      }
      assertThat(failed).isEqualTo(3);
      assertThat(count(terminator, "ejections_total", bad)).isEqualTo(1);
    }
  }

  @Test
  void aServerWithoutAnAlternativeIsStillUsed() throws Exception {
    try (ScriptedBackend bad = bad();
        RunningTerminator terminator = start("    outlier: { errors: 1 }\n", bad);
        TlsConnection client = HttpOneIT.connect(terminator)) {
      for (int i = 0; i < 5; i++) {
        assertThat(ask(client)).isEqualTo("503");
      }
      assertThat(asked).hasValue(5);
    }
  }

  @Test
  void otherStatusesAndOtherBackendsAreNotJudged() throws Exception {
    for (String keys : new String[] {"", "    outlier: { errors: 1, status: 502 }\n"}) {
      asked.set(0);
      try (ScriptedBackend bad = bad();
          ScriptedBackend good = ScriptedBackend.start(HttpOneIT::answerAll);
          RunningTerminator terminator = start(keys, bad, good);
          TlsConnection client = HttpOneIT.connect(terminator)) {
        for (int i = 0; i < 8; i++) {
          ask(client);
        }
        assertThat(asked).hasValue(4);
        assertThat(count(terminator, "ejections_total", bad)).isZero();
      }
    }
  }
}
