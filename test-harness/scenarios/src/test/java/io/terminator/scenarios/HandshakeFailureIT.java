package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.Processes;
import io.terminator.testkit.RunningProcess;
import io.terminator.testkit.TcpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The reported cause of a failed handshake is the actual one, in the client or in the
 * configuration.
 */
class HandshakeFailureIT {

  /** In TLS 1.3 the client's alert is in clear text, because it has no keys yet. */
  @ParameterizedTest
  @ValueSource(strings = {"-tls1_3", "-tls1_2"})
  void anOpensslClientThatDoesNotTrustTheIssuerIsRecordedAsSuch(String version) throws Exception {
    Path openssl = Processes.assumeAvailable("openssl");
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator = RunningTerminator.before(backend.address())) {
      Path nobody = Files.createDirectory(terminator.directory().resolve("nobody"));
      run(
          openssl
              + " s_client "
              + version
              + " -verify_return_error -no-CAfile -no-CAstore -CApath "
              + nobody
              + " -servername localhost -connect 127.0.0.1:"
              + terminator.address().getPort()
              + " </dev/null; true");
      awaitLine(terminator, "the client rejected the certificate", "(alert unknown_ca)");
      assertThat(terminator.metrics())
          .contains(
              "terminator_tls_handshake_failures_total{listener=\"web\",reason=\"certificate_refused\",} 1.0");
    }
  }

  @Test
  void aTls12ClientWithoutEcdheSharesNoCipherSuite() throws Exception {
    Path openssl = Processes.assumeAvailable("openssl");
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator = RunningTerminator.before(backend.address())) {
      run(
          openssl
              + " s_client -tls1_2 -cipher AES128-GCM-SHA256 -servername localhost -connect 127.0.0.1:"
              + terminator.address().getPort()
              + " </dev/null; true");
      awaitLine(terminator, "share no cipher suite", "AES128-GCM-SHA256 without ECDHE");
      assertThat(terminator.metrics()).contains("reason=\"no_shared_cipher\",} 1.0");
    }
  }

  @Test
  void anUnknownNameIsCalledUnknownAlsoWhereNoRouteIsForIt() throws Exception {
    Path openssl = Processes.assumeAvailable("openssl");
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator =
            RunningTerminator.before(
                backend.address(),
                "    sni: { unknown: reject }\n    routes: [ { sni: localhost, backend: app } ]\n")) {
      run(
          openssl
              + " s_client -servername nobody.example -connect 127.0.0.1:"
              + terminator.address().getPort()
              + " </dev/null; true");
      awaitLine(terminator, "no certificate covers the client's server name");
      assertThat(terminator.metrics()).contains("reason=\"unknown_sni\",} 1.0");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"EHLO mail.example\r\n", "SSH-2.0-OpenSSH_9.6\r\n", "USER a\r\n"})
  void anotherProtocolIsNamed(String greeting) throws Exception {
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator = RunningTerminator.before(backend.address())) {
      try (TcpClient client = TcpClient.connect(terminator.address())) {
        client.write(greeting.getBytes(StandardCharsets.US_ASCII));
        assertThat(client.readToEnd().bytes()).isEmpty();
      }
      awaitLine(
          terminator,
          "the client speaks "
              + (greeting.startsWith("SSH")
                  ? "SSH"
                  : greeting.startsWith("EHLO") ? "SMTP" : "FTP"));
    }
  }

  private static void awaitLine(RunningTerminator terminator, String... parts) {
    await()
        .atMost(RunningTerminator.PATIENCE)
        .untilAsserted(() -> assertThat(terminator.accessLog()).contains(parts));
  }

  private static void run(String command) {
    try (RunningProcess client = Processes.start("sh", "-c", command)) {
      assertThat(client.awaitExit(RunningTerminator.PATIENCE)).as(client.output()).isZero();
    }
  }
}
