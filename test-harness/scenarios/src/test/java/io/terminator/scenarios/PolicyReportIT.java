package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.terminator.testkit.Credential;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsClient;
import io.terminator.testkit.TlsConnection;
import io.terminator.testkit.TlsVersion;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A policy in report mode refuses nobody, and counts whom it would refuse. */
class PolicyReportIT {
  private final TestCa ca = TestCa.create();

  @TempDir Path directory;

  @Test
  void clientsAreServedAsBeforeAndJudgedUntilThePolicyIsEnforced() throws Exception {
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator = start(backend.address(), policy("report"))) {
      echo(terminator, client().only(TlsVersion.TLS_1_2));
      // Resumed: judged as the full handshake that follows one day.
      TlsClient again = client().only(TlsVersion.TLS_1_2).fresh();
      echo(terminator, again);
      echo(terminator, again);
      echo(terminator, client().only(TlsVersion.TLS_1_3));
      echo(terminator, client().serverName("other.example").only(TlsVersion.TLS_1_2));
      assertThat(
              terminator.metric(
                  "terminator_tls_policy_report_total{listener=\"web\",policy=\"strict\","
                      + "would=\"unsupported_protocol\"}"))
          .isEqualTo(3);
      assertThat(
              terminator.metric(
                  "terminator_tls_policy_report_total{listener=\"web\",policy=\"strict\",would=\"same\"}"))
          .isEqualTo(1);
      assertThat(terminator.metric("terminator_tls_policy_report_total")).isEqualTo(4);

      JsonNode report =
          terminator.call("GET", "/v1/policies/strict/report", 200).at("/listeners/0");
      assertThat(report.get("judged").asLong()).isEqualTo(4);
      assertThat(report.get("failing").asLong()).isEqualTo(3);
      assertThat(report.get("share").asDouble()).isEqualTo(0.75);
      assertThat(report.at("/would/unsupported_protocol/count").asLong()).isEqualTo(3);
      assertThat(report.at("/versions/0/value").asText()).isEqualTo("only TLS 1.2");
      assertThat(report.at("/versions/0/share").asDouble()).isEqualTo(0.75);
      assertThat(report.at("/groups/0/value").asText()).contains("X25519");
      assertThat(report.at("/signatures/0/value").asText()).contains("ECDSA-P256-SHA256");
      assertThat(report.at("/ja4/0/value").asText()).startsWith("t12d");
      JsonNode example = report.at("/examples/0");
      assertThat(example.get("source").asText()).isEqualTo("127.0.0.1");
      assertThat(example.get("sni").asText()).isEqualTo("localhost");
      assertThat(example.get("reason").asText()).isEqualTo("unsupported_protocol");
      assertThat(example.get("first").asText()).isLessThanOrEqualTo(example.get("last").asText());
      await()
          .atMost(RunningTerminator.PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(terminator.accessLog())
                      .contains("\"policy-report\":\"unsupported_protocol\"")
                      .contains("\"policy-report\":\"same\""));

      JsonNode listed = terminator.call("GET", "/v1/policies", 200).at("/policies/0");
      assertThat(listed.get("mode").asText()).isEqualTo("report");
      assertThat(listed.get("judged").asLong()).isEqualTo(4);
      assertThat(listed.get("failing").asLong()).isEqualTo(3);

      JsonNode enforced = terminator.call("POST", "/v1/policies/strict:enforce", 200);
      assertThat(enforced.get("lasting").asText()).contains("until the next start");
      refused(terminator);
      echo(terminator, client().only(TlsVersion.TLS_1_3));
      assertThat(terminator.terminator().reload("test").problems()).isEmpty();
      refused(terminator);
      assertThat(terminator.call("GET", "/v1/policies", 200).at("/policies/0/mode").asText())
          .isEqualTo("enforce");
      terminator.call("GET", "/v1/policies/strict/report", 404);
      terminator.call("POST", "/v1/policies/strict:reset", 200);
      echo(terminator, client().only(TlsVersion.TLS_1_2).fresh());

      terminator.rewrite(yaml(backend.address(), policy("enforce")));
      assertThat(terminator.terminator().reload("test").problems()).isEmpty();
      refused(terminator);
      terminator.call("POST", "/v1/policies/none:reset", 404);
      terminator.awaitNoConnection();
    }
  }

  @Test
  void aReportContinuesThroughAReloadThatLeavesThePolicyAlone() throws Exception {
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator = start(backend.address(), policy("report"))) {
      echo(terminator, client().only(TlsVersion.TLS_1_2));
      terminator.rewrite(
          yaml(
              backend.address(), policy("report") + "      - { sni: new.example, tls: modern }\n"));
      assertThat(terminator.terminator().reload("test").problems()).isEmpty();
      echo(terminator, client().only(TlsVersion.TLS_1_2).fresh());
      assertThat(terminator.metric("terminator_tls_policy_report_total")).isEqualTo(2);
      terminator.rewrite(yaml(backend.address(), policy("report").replace("[1.3]", "[1.2, 1.3]")));
      assertThat(terminator.terminator().reload("test").problems()).isEmpty();
      echo(terminator, client().only(TlsVersion.TLS_1_2).fresh());
      JsonNode report =
          terminator.call("GET", "/v1/policies/strict/report", 200).at("/listeners/0");
      assertThat(report.get("judged").asLong()).as("of the changed policy").isEqualTo(1);
      assertThat(report.get("failing").asLong()).isZero();
    }
  }

  @Test
  void anotherCertificateAndClientsThatAreRefusedNowAreTheirOwnOutcomes() throws Exception {
    String policy =
        "    tls: modern\n    policies:\n      - { tls: { ciphers: [ECDHE-RSA-AES128-GCM-SHA256],"
            + " versions: [1.2] }, mode: report }\n";
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator =
            RunningTerminator.start(
                ca,
                Map.of("ec", ca.server("localhost"), "rsa", ca.leaf("localhost").rsa().issue()),
                yaml(backend.address(), policy))) {
      echo(terminator, client());
      JsonNode report = terminator.call("GET", "/v1/policies/all/report", 200);
      assertThat(report.at("/listeners/0/would").fieldNames().next())
          .isEqualTo("other_certificate");
      assertThatThrownBy(
              () -> client().only(TlsVersion.TLS_1_2).connect(terminator.address()).close())
          .isInstanceOf(IOException.class);
      await()
          .atMost(RunningTerminator.PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(
                          terminator.metric(
                              "terminator_tls_policy_report_total{listener=\"web\",policy=\"all\","
                                  + "would=\"served\"}"))
                      .isEqualTo(1));
    }
  }

  @Test
  void clientCertificatesAreRequestedAndJudgedAndEveryoneIsLetIn() throws Exception {
    Path trusted = Files.writeString(directory.resolve("clients.pem"), ca.rootPem());
    String policy =
        "    policies:\n      - { name: mtls, sni: localhost, mode: report, tls: {"
            + " client-certificates: { ca: \""
            + trusted
            + "\" } } }\n";
    Credential stranger = TestCa.create().client("eve");
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator = start(backend.address(), policy)) {
      for (TlsVersion version : TlsVersion.values()) {
        echo(terminator, client().only(version));
        echo(terminator, client().presenting(ca.client("alice")).only(version));
        echo(terminator, client().presenting(stranger).only(version));
      }
      JsonNode would =
          terminator.call("GET", "/v1/policies/mtls/report", 200).at("/listeners/0/would");
      assertThat(would.at("/same/count").asLong()).isEqualTo(2);
      assertThat(
              would.at("/client_certificate_missing/count").asLong()
                  + would.at("/client_certificate_refused/count").asLong())
          .as(would.toString())
          .isEqualTo(4);
      terminator.awaitNoConnection();
      await()
          .atMost(RunningTerminator.PATIENCE)
          .untilAsserted(() -> assertThat(terminator.accessLog().lines().count()).isEqualTo(6));
      // No policy in force has verified it.
      assertThat(terminator.accessLog()).doesNotContain("client-subject");
      terminator.call("POST", "/v1/policies/mtls:enforce", 200);
      echo(terminator, client().presenting(ca.client("alice")));
      assertThatThrownBy(() -> echo(terminator, client().fresh())).isInstanceOf(IOException.class);
      terminator.awaitNoConnection();
    }
  }

  private static String policy(String mode) {
    return "    policies:\n      - { name: strict, sni: [localhost], tls: { versions: [1.3] }, mode: "
        + mode
        + " }\n";
  }

  private void refused(RunningTerminator terminator) {
    assertThatThrownBy(
            () -> client().only(TlsVersion.TLS_1_2).fresh().connect(terminator.address()).close())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("protocol_version");
  }

  private static void echo(RunningTerminator terminator, TlsClient client) throws IOException {
    try (TlsConnection connection = client.connect(terminator.address())) {
      connection.write("ping");
      assertThat(connection.readExactly(4)).asString().isEqualTo("ping");
    }
  }

  private TlsClient client() {
    return TlsClient.trusting(ca).serverName("localhost");
  }

  private RunningTerminator start(InetSocketAddress backend, String keys) {
    return RunningTerminator.start(
        ca, Map.of("all", ca.server("localhost", "other.example")), yaml(backend, keys));
  }

  private static String yaml(InetSocketAddress backend, String keys) {
    return "workers: 1\nlisteners:\n  - name: web\n    bind: \"127.0.0.1:0\"\n"
        + "    certificates: certs/\n    backend: app\n"
        + keys
        + "backends:\n  app: { servers: [\"127.0.0.1:"
        + backend.getPort()
        + "\"] }\n";
  }
}
