package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.terminator.testkit.Credential;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsClient;
import io.terminator.testkit.TlsConnection;
import io.terminator.testkit.TlsVersion;
import java.io.IOException;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a change would do to the clients of the last hour. */
class EffectIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String CANARY = "127.0.0.2";

  private final TestCa ca = TestCa.create();
  private final Credential shop = ca.server("shop.example");

  @Test
  void theClientsOfTheLastHourAreJudgedByTheCandidate() throws Exception {
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator = start(backend, "")) {
      JsonNode nobody = effect(terminator);
      assertThat(nobody.get("handshakes").asLong()).isZero();
      assertThat(nobody.get("listeners")).isEmpty();
      connect(terminator, client("shop.example").only(TlsVersion.TLS_1_2));
      TlsClient resuming = client("shop.example").only(TlsVersion.TLS_1_2).fresh();
      connect(terminator, resuming);
      connect(terminator, resuming);
      connect(terminator, client("shop.example").only(TlsVersion.TLS_1_3));
      connect(terminator, client("localhost").only(TlsVersion.TLS_1_3));
      JsonNode same = effect(terminator);
      assertThat(same.get("handshakes").asLong()).isEqualTo(5);
      assertThat(same.get("changed").asLong()).isZero();
      // Two kinds of hello for one name: those that resume are not kinds of their own.
      assertThat(same.get("hellos").asLong()).isEqualTo(3);
      assertThat(same.get("unkept").asLong()).isZero();
      assertThat(same.at("/listeners/0/would/same").asLong()).isEqualTo(5);
      assertThat(terminator.call("POST", "/v1/config:check", 200).get("effect").isNull()).isTrue();

      terminator.rewrite(yaml(backend, "    tls: modern\n"));
      JsonNode modern = effect(terminator);
      assertThat(modern.get("changed").asLong()).isEqualTo(5);
      JsonNode web = modern.at("/listeners/0");
      assertThat(web.at("/would/refused").asLong()).isEqualTo(3);
      assertThat(web.at("/reasons/unsupported_protocol").asLong()).isEqualTo(3);
      assertThat(web.at("/would/other_policy").asLong()).isEqualTo(2);
      JsonNode refused = modern.at("/clients/0");
      assertThat(refused.get("source").asText()).isEqualTo("127.0.0.1");
      assertThat(refused.get("sni").asText()).isEqualTo("shop.example");
      assertThat(refused.get("ja4").asText()).startsWith("t12d");
      assertThat(refused.get("handshakes").asLong()).isEqualTo(3);
      assertThat(refused.at("/now/version").asText()).isEqualTo("TLS 1.2");
      assertThat(refused.at("/now/backend").asText()).isEqualTo("app");
      assertThat(refused.at("/now/certificate").asText()).startsWith("shop ");
      assertThat(refused.at("/then/reason").asText()).isEqualTo("unsupported_protocol");
      assertThat(refused.at("/then/cause").asText()).isNotEmpty();
      assertThat(refused.at("/then/certificate").isNull()).isTrue();

      // What it says is what happens.
      assertThat(terminator.terminator().reload("test").problems()).isEmpty();
      assertThatThrownBy(
              () -> connect(terminator, client("shop.example").only(TlsVersion.TLS_1_2).fresh()))
          .isInstanceOf(IOException.class);
      terminator.rewrite(yaml(backend, ""));
      JsonNode back = effect(terminator);
      assertThat(back.at("/listeners/0/would/served").asLong()).isEqualTo(4);
    }
  }

  @Test
  void anotherBackendAnotherCertificateAndAnotherPolicyAreToldApart() throws Exception {
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator = start(backend, "")) {
      connect(terminator, client("shop.example"));
      connect(terminator, client("shop.example"), CANARY);
      connect(terminator, client("localhost"));
      String body =
          yaml(
              backend,
              """
                  sni: { default-certificate: shop }
                  routes:
                    - { sni: "*.example", source: ["127.0.0.1/32"], backend: other }
                  policies:
                    - { name: new, tls: { groups: [X25519] }, mode: canary,
                        canary: { sources: [%s] } }
              """
                  .formatted(CANARY));
      JsonNode effect = check(terminator, body);
      JsonNode web = effect.at("/listeners/0");
      assertThat(web.at("/would/other_backend").asLong()).as(effect.toString()).isEqualTo(1);
      assertThat(web.at("/backends/0/from").asText()).isEqualTo("app");
      assertThat(web.at("/backends/0/to").asText()).isEqualTo("other");
      assertThat(web.at("/would/other_policy").asLong()).isEqualTo(1);
      assertThat(web.at("/policies/0/to").asText()).isEqualTo("new");
      assertThat(web.at("/would/same").asLong()).isEqualTo(1);
      assertThat(effect.at("/clients")).hasSize(2);
      JsonNode gone = check(terminator, yaml(backend, "").replace("name: web", "name: new"));
      assertThat(gone.at("/listeners/0/reasons/no_listener").asLong()).isEqualTo(3);
    }
  }

  @Test
  void theDryRunOfAnUploadSaysWhoWouldGetIt() throws Exception {
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator = start(backend, "")) {
      connect(terminator, client("shop.example"));
      connect(terminator, client("shop.example"));
      connect(terminator, client("localhost"));
      Credential renewed = ca.server("shop.example");
      JsonNode plan = upload(terminator, "/v1/certificates/shop?dry-run=true", renewed);
      assertThat(plan.get("applied").asBoolean()).isFalse();
      JsonNode web = plan.at("/effect/listeners/0");
      assertThat(web.at("/would/other_certificate").asLong()).isEqualTo(2);
      assertThat(web.at("/would/same").asLong()).isEqualTo(1);
      assertThat(web.at("/certificates/0/from").asText())
          .startsWith("shop ")
          .isNotEqualTo(web.at("/certificates/0/to").asText());
      assertThat(serial(terminator)).isEqualTo(shop.leaf().getSerialNumber());
      JsonNode put = upload(terminator, "/v1/certificates/shop", renewed);
      assertThat(put.get("effect").isNull()).isTrue();
      assertThat(serial(terminator)).isEqualTo(renewed.leaf().getSerialNumber());
    }
  }

  @Test
  void routesOfRequestsAreAskedForTheRootOfTheServerName() throws Exception {
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator = start(backend, "    http: {}\n")) {
      connect(terminator, client("shop.example"));
      JsonNode effect =
          check(
              terminator,
              yaml(
                  backend,
                  "    http: {}\n    routes:\n      - { host: shop.example, backend: other }\n"));
      assertThat(effect.at("/listeners/0/backends/0/to").asText())
          .as(effect.toString())
          .isEqualTo("other");
    }
  }

  private static JsonNode effect(RunningTerminator terminator) throws Exception {
    return terminator.call("POST", "/v1/config:check?effect=true", 200).get("effect");
  }

  private static JsonNode check(RunningTerminator terminator, String candidate) throws Exception {
    return send(
            terminator,
            "POST",
            "/v1/config:check?effect=true",
            candidate + "admin: { bind: \"127.0.0.1:0\" }\nlog: { access: ./access.log }\n",
            "application/yaml")
        .get("effect");
  }

  private static JsonNode upload(RunningTerminator terminator, String path, Credential credential)
      throws Exception {
    return send(
        terminator,
        "PUT",
        path,
        credential.chainPem() + credential.keyPem(),
        "application/x-pem-file");
  }

  private static JsonNode send(
      RunningTerminator terminator, String method, String path, String body, String type)
      throws Exception {
    HttpResponse<String> answer =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create(terminator.terminator().adminUrl() + path))
                    .method(method, HttpRequest.BodyPublishers.ofString(body))
                    .header("Content-Type", type)
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return JSON.readTree(answer.body());
  }

  private BigInteger serial(RunningTerminator terminator) throws IOException {
    try (TlsConnection connection = client("shop.example").fresh().connect(terminator.address())) {
      return connection.peerCertificates().get(0).getSerialNumber();
    }
  }

  private static void connect(RunningTerminator terminator, TlsClient client) throws IOException {
    connect(terminator, client, "127.0.0.1");
  }

  private static void connect(RunningTerminator terminator, TlsClient client, String source)
      throws IOException {
    client.connect(terminator.address(), source).close();
  }

  private TlsClient client(String name) {
    return TlsClient.trusting(ca).serverName(name);
  }

  private RunningTerminator start(EchoBackend backend, String keys) {
    return RunningTerminator.start(
        ca, Map.of("shop", shop, "local", ca.server("localhost")), yaml(backend, keys));
  }

  private static String yaml(EchoBackend backend, String keys) {
    return "workers: 1\nlisteners:\n  - name: web\n    bind: \"127.0.0.1:0\"\n"
        + "    certificates: certs/\n    backend: app\n"
        + keys
        + "backends:\n  app: { servers: [\"127.0.0.1:"
        + backend.address().getPort()
        + "\"] }\n  other: { servers: [\"127.0.0.1:"
        + backend.address().getPort()
        + "\"] }\n";
  }
}
