package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.TlsVersion;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;

/** Which clients use the hybrid key exchange, and why the others do not. */
class PostQuantumIT {
  @Test
  void theReadinessOfClientsIsCountedByCertificate() throws Exception {
    String policy = "    policies:\n      - { sni: a.example, tls: { groups: [X25519] } }\n";
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator = RunningTerminator.before(backend.address(), policy)) {
      for (int i = 0; i < 3; i++) {
        BoringClient.handshake(
            terminator.address(), "localhost", false, "X25519", "X25519MLKEM768");
      }
      BoringClient.handshake(terminator.address(), "a.example", false, "X25519", "X25519MLKEM768");
      BoringClient.handshake(terminator.address(), "localhost", false, "X25519");
      terminator.client().only(TlsVersion.TLS_1_2).connect(terminator.address()).close();

      assertThat(result(terminator, "used")).isEqualTo(3);
      assertThat(result(terminator, "policy")).isEqualTo(1);
      assertThat(result(terminator, "not_offered")).isEqualTo(1);
      assertThat(result(terminator, "no_tls13")).isEqualTo(1);
      JsonNode line = get(terminator).at("/certificates/0");
      assertThat(line.get("certificate").asText()).isEqualTo("localhost");
      assertThat(line.get("handshakes").asLong()).isEqualTo(6);
      assertThat(line.get("offered").asLong()).isEqualTo(4);
      assertThat(line.get("used").asLong()).isEqualTo(3);
      assertThat(line.at("/whyNot/policy").asLong()).isEqualTo(1);
      terminator.awaitNoConnection();
    }
  }

  private static double result(RunningTerminator terminator, String result) throws Exception {
    return terminator.metric(
        "terminator_tls_post_quantum_handshakes_total{certificate=\"localhost\",result=\""
            + result
            + "\"}");
  }

  private static JsonNode get(RunningTerminator terminator) throws Exception {
    URI uri = URI.create(terminator.terminator().adminUrl() + "/v1/post-quantum");
    HttpResponse<String> answer =
        HttpClient.newHttpClient()
            .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return new ObjectMapper().readTree(answer.body());
  }
}
