package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.terminator.testkit.Credential;
import io.terminator.testkit.H2Client;
import io.terminator.testkit.ScriptedBackend;
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
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A connection carries requests for the hosts of its certificate, and the API lists them. */
class HttpHostsIT {
  private static final String HEAD_END = "\r\n\r\n";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final TestCa ca = TestCa.create();

  private final Map<String, Credential> certificates =
      Map.of(
          "one", ca.server("one.example", "both.example"),
          "two", ca.server("two.example", "both.example"),
          "wild", ca.server("*.wild.example"));

  private RunningTerminator start(ScriptedBackend backend, String http) {
    return RunningTerminator.start(
        ca,
        certificates,
        """
        workers: 1
        listeners:
          - name: web
            bind: "127.0.0.1:0"
            certificates: certs/
            sni: { default-certificate: one }
            backend: app
            http: { %s }
            routes:
              - { name: slow, path: /slow, backend: app }
        backends:
          app: { servers: ["127.0.0.1:%d"] }
        """
            .formatted(http, backend.address().getPort()));
  }

  private TlsClient client(String name) {
    TlsClient client = TlsClient.trusting(ca);
    return name.isEmpty() ? client : client.serverName(name);
  }

  private static String ask(TlsConnection connection, String host) throws IOException {
    connection.write("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
    return connection.readUntil(HEAD_END).substring(9, 12);
  }

  @ParameterizedTest
  @CsvSource({
    "one.example, one.example, 200",
    "one.example, ONE.example:443, 200",
    "one.example, both.example, 200",
    "one.example, two.example, 421",
    "one.example, TWO.example.:8443, 421",
    "one.example, a.wild.example, 421",
    "one.example, without.example, 200",
    "one.example, 127.0.0.1, 200",
    "a.wild.example, b.wild.example, 200",
    "a.wild.example, a.b.wild.example, 200",
    "a.wild.example, one.example, 421",
    // The default certificate is presented for a name that has none.
    "unknown.example, one.example, 200",
    "unknown.example, two.example, 421",
    "'', two.example, 200"
  })
  void aHostWithACertificateNeedsAConnectionThatHasIt(String name, String host, String status)
      throws Exception {
    try (ScriptedBackend backend = ScriptedBackend.start(HttpOneIT::answerAll);
        RunningTerminator terminator = start(backend, "");
        TlsConnection connection = client(name).alpn("http/1.1").connect(terminator.address())) {
      assertThat(ask(connection, host)).isEqualTo(status);
    }
  }

  @Test
  void otherStreamsAreNotAffectedAndTheCheckCanBeTurnedOff() throws Exception {
    try (ScriptedBackend backend = ScriptedBackend.start(HttpOneIT::answerAll);
        RunningTerminator terminator = start(backend, "");
        RunningTerminator lenient = start(backend, "host-check: policy");
        H2Client client =
            H2Client.over(client("one.example").alpn("h2").connect(terminator.address())).begin();
        TlsConnection other = client("one.example").alpn("http/1.1").connect(lenient.address())) {
      client.headers(
          1, true, ":method: GET", ":scheme: https", ":authority: two.example", ":path: /");
      assertThat(client.response(1).status()).isEqualTo("421");
      client.headers(
          3, true, ":method: GET", ":scheme: https", ":authority: one.example", ":path: /");
      assertThat(client.response(3).status()).isEqualTo("200");
      assertThat(ask(other, "two.example")).isEqualTo("200");
      JsonNode request =
          get(terminator, "/v1/explain?sni=one.example&host=two.example&path=/")
              .path("listeners")
              .path(0)
              .path("request");
      assertThat(request.path("status").asInt()).isEqualTo(421);
    }
  }

  @Test
  void theApiListsTheRequestsOfAConnection() throws Exception {
    CountDownLatch answer = new CountDownLatch(1);
    try (ScriptedBackend backend =
            ScriptedBackend.start(
                server -> {
                  while (true) {
                    String head = server.readUntil(HEAD_END);
                    if (head.contains("/slow")) {
                      await()
                          .atMost(RunningTerminator.PATIENCE)
                          .until(() -> answer.getCount() == 0);
                    }
                    server.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                  }
                });
        RunningTerminator terminator = start(backend, "");
        H2Client client =
            H2Client.over(client("one.example").alpn("h2").connect(terminator.address())).begin()) {
      for (int stream = 1; stream < 7; stream += 2) {
        client.headers(
            stream,
            true,
            ":method: GET",
            ":scheme: https",
            ":authority: one.example",
            ":path: " + (stream == 1 ? "/" : "/slow"));
      }
      assertThat(client.response(1).status()).isEqualTo("200");
      String server = "127.0.0.1:" + backend.address().getPort();
      await()
          .atMost(RunningTerminator.PATIENCE)
          .untilAsserted(
              () -> {
                JsonNode view =
                    get(terminator, "/v1/connections?server=" + server).path("connections").path(0);
                assertThat(view.path("alpn").asText()).isEqualTo("h2");
                List<String> requests = new ArrayList<>();
                for (JsonNode request : view.path("requests")) {
                  assertThat(request.path("ageMillis").isIntegralNumber()).isTrue();
                  requests.add(
                      String.join(
                          " ",
                          request.path("route").asText(),
                          request.path("backend").asText(),
                          request.path("server").asText()));
                }
                assertThat(requests).containsExactly("slow app " + server, "slow app " + server);
              });
      answer.countDown();
      await()
          .atMost(RunningTerminator.PATIENCE)
          .untilAsserted(
              () -> {
                JsonNode view = get(terminator, "/v1/connections").path("connections").path(0);
                assertThat(view.path("requests").isArray()).isTrue();
                assertThat(view.path("requests")).isEmpty();
                assertThat(view.path("bytesOut").asLong()).isPositive();
              });
    }
  }

  private static JsonNode get(RunningTerminator terminator, String path) throws Exception {
    return JSON.readTree(
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create(terminator.terminator().adminUrl() + path))
                    .build(),
                HttpResponse.BodyHandlers.ofString())
            .body());
  }
}
