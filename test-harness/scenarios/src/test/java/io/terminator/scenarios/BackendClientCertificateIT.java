package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.core.phase.CloseReason;
import io.terminator.testkit.Credential;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsConnection;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Servers that require a client certificate. With TLS 1.3 they refuse only after the handshake is
 * complete on this side; it is a failed handshake all the same.
 */
class BackendClientCertificateIT {
  private static final String REQUIRED =
      "the server requires a client certificate that it accepts; set"
          + " backends.<name>.tls.certificate (alert ";

  private final TestCa ca = TestCa.create();
  private final Credential server = ca.server("localhost", "127.0.0.1");
  @TempDir Path directory;
  private Path authorities = Path.of("");

  @BeforeEach
  void writeAuthorities() throws IOException {
    authorities = Files.writeString(directory.resolve("ca.pem"), ca.rootPem());
  }

  /** A second appliance in the place of the server. */
  private RunningTerminator demanding(EchoBackend behind, String versions) {
    return RunningTerminator.start(
        ca,
        Map.of("localhost", server),
        listener(
            "tls: { versions: ["
                + versions
                + "], alpn: [h2, http/1.1], client-certificates: { ca: \""
                + authorities
                + "\", mode: required } }",
            behind.address(),
            ""));
  }

  private RunningTerminator before(RunningTerminator demanding, String keys, String backendKeys) {
    return RunningTerminator.start(
        ca,
        Map.of("localhost", server),
        listener(
            keys,
            demanding.address(),
            ", tls: { ca: \"" + authorities + "\", name: localhost }" + backendKeys));
  }

  private static String listener(String keys, InetSocketAddress backend, String backendKeys) {
    return """
    workers: 1
    listeners:
      - name: web
        bind: "127.0.0.1:0"
        certificates: certs/
        backend: app
        %s
    backends:
      app: { servers: ["127.0.0.1:%d"]%s }
    """
        .formatted(keys, backend.getPort(), backendKeys);
  }

  private static void awaitLog(RunningTerminator terminator, String... words) {
    await()
        .atMost(RunningTerminator.PATIENCE)
        .untilAsserted(() -> assertThat(terminator.accessLog()).contains(words));
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"1.2\"", "\"1.3\""})
  void aRefusedConnectionHasFailedInItsHandshake(String versions) throws Exception {
    try (EchoBackend behind = EchoBackend.start();
        RunningTerminator demanding = demanding(behind, versions);
        RunningTerminator terminator = before(demanding, "", "");
        TlsConnection client = terminator.client().connect(terminator.address())) {
      try {
        client.write("x");
      } catch (IOException refusedFirst) {
        // The server was dialled and refused before the client wrote.
      }
      terminator.awaitCloses(CloseReason.BACKEND_HANDSHAKE_FAILED, 1);
      awaitLog(terminator, REQUIRED);
      assertThat(terminator.metric("terminator_backend_connect_failures_total")).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @CsvSource({"'\"1.2\"', http/1.1", "'\"1.3\"', http/1.1", "'\"1.2\"', h2", "'\"1.3\"', h2"})
  void aRefusedRequestHasNoServer(String versions, String protocol) throws Exception {
    try (EchoBackend behind = EchoBackend.start();
        RunningTerminator demanding = demanding(behind, versions);
        RunningTerminator terminator =
            before(demanding, "http: {}", ", protocol: \"" + protocol + "\"");
        TlsConnection client = terminator.client().alpn("http/1.1").connect(terminator.address())) {
      client.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
      assertThat(client.readUntil("\r\n")).startsWith("HTTP/1.1 502");
      awaitLog(terminator, "\"reason\":\"connect_failed\"", "127.0.0.1:", REQUIRED);
      assertThat(terminator.metric("terminator_backend_connect_failures_total")).isPositive();
      assertThat(behind.accepted()).isZero();
    }
  }

  @Test
  void aCheckNamesTheAlertToo() throws Exception {
    try (EchoBackend behind = EchoBackend.start();
        RunningTerminator demanding = demanding(behind, "\"1.3\"");
        RunningTerminator terminator =
            before(demanding, "", ", check: { type: https, interval: 100ms, fall: 1 }")) {
      await()
          .atMost(RunningTerminator.PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(terminator.call("GET", "/v1/backends", 200).toString())
                      .contains(REQUIRED));
    }
  }
}
