package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.TlsClient;
import io.terminator.testkit.TlsVersion;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;

/** {@code /v1/clients/top}: the kinds of clients, in bounded memory. */
class ClientTopsIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** More than a table holds. */
  private static final int NAMES = 300;

  @Test
  void kindsOfClientsAreListedByFrequencyAndClientsCreateNoSeries() throws Exception {
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator =
            RunningTerminator.before(
                backend.address(), "    tls: modern\n    sni: { unknown: reject }\n")) {
      for (int i = 0; i < 3; i++) {
        connect(terminator, terminator.client().fresh());
      }
      refuse(terminator, terminator.client().only(TlsVersion.TLS_1_2));
      refuse(terminator, terminator.client().serverName("first.example"));
      refuse(terminator, terminator.client().serverName("first.example"));
      awaitTotal(terminator, "ja4", 6);
      JsonNode versions = top(terminator, "version");
      assertThat(versions.get("total").asLong()).isEqualTo(3);
      assertThat(versions.at("/top/0/value").asText()).startsWith("TLSv1.3 ");
      assertThat(versions.at("/top/0/count").asLong()).isEqualTo(3);
      assertThat(versions.at("/top/0/error").asLong()).isZero();
      JsonNode fingerprints = top(terminator, "ja4");
      assertThat(fingerprints.at("/top/0/value").asText()).startsWith("t13d");
      assertThat(fingerprints.at("/top/0/count").asLong()).isEqualTo(5);
      assertThat(fingerprints.at("/top/1/value").asText()).startsWith("t12d");
      assertThat(top(terminator, "unknown-sni").at("/top/0/value").asText())
          .isEqualTo("first.example");
      JsonNode failing = top(terminator, "failing-source");
      assertThat(failing.at("/top/0/value").asText()).isEqualTo("127.0.0.1");
      assertThat(failing.at("/top/0/count").asLong()).isEqualTo(3);

      long series = series(terminator);
      for (int i = 0; i < NAMES; i++) {
        refuse(terminator, terminator.client().serverName("n" + i + ".example"));
      }
      awaitTotal(terminator, "unknown-sni", NAMES + 2);
      JsonNode names = top(terminator, "unknown-sni");
      assertThat(names.get("top")).hasSizeLessThanOrEqualTo(20);
      assertThat(names.get("unlisted").asLong()).isBetween(1L, (NAMES + 2) / 100L);
      assertThat(series(terminator)).isEqualTo(series);
    }
  }

  @Test
  void whatIsAskedForIsChecked() throws Exception {
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator = RunningTerminator.before(backend.address())) {
      assertThat(get(terminator, "/v1/clients/top?by=shoe-size").body())
          .contains("query.by")
          .contains("failing-source");
      assertThat(get(terminator, "/v1/clients/top?limit=0").statusCode()).isEqualTo(400);
      assertThat(get(terminator, "/v1/clients/top?listener=none").statusCode()).isEqualTo(404);
      assertThat(get(terminator, "/v1/clients/top").statusCode()).isEqualTo(200);
    }
  }

  private static long series(RunningTerminator terminator) throws Exception {
    return terminator.metrics().lines().filter(line -> !line.startsWith("#")).count();
  }

  private static void awaitTotal(RunningTerminator terminator, String by, long total) {
    await()
        .atMost(RunningTerminator.PATIENCE)
        .untilAsserted(
            () -> assertThat(top(terminator, by).get("total").asLong()).isEqualTo(total));
  }

  private static void connect(RunningTerminator terminator, TlsClient client) throws IOException {
    client.connect(terminator.address()).close();
  }

  private static void refuse(RunningTerminator terminator, TlsClient client) {
    assertThatThrownBy(() -> connect(terminator, client)).isInstanceOf(IOException.class);
  }

  private static JsonNode top(RunningTerminator terminator, String by) throws Exception {
    return JSON.readTree(get(terminator, "/v1/clients/top?by=" + by).body()).at("/listeners/0");
  }

  private static HttpResponse<String> get(RunningTerminator terminator, String path)
      throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create(terminator.terminator().adminUrl() + path)).build(),
            HttpResponse.BodyHandlers.ofString());
  }
}
