package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.Processes;
import io.terminator.testkit.RunningProcess;
import io.terminator.testkit.ScriptedBackend;
import io.terminator.testkit.TlsClient;
import io.terminator.testkit.TlsConnection;
import io.terminator.testkit.TlsVersion;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Clients can resume sessions exactly where they should. */
class TicketsIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir Path directory;
  private EchoBackend echo;

  @BeforeEach
  void startBackend() {
    echo = EchoBackend.start();
  }

  @AfterEach
  void stopBackend() {
    echo.close();
  }

  @Test
  void replicasWithOneSecretResumeEachOthersSessionsAndAStrangerDoesNot() throws IOException {
    Processes.assumeAvailable("openssl");
    String shared = tickets("shared", "one secret for all replicas, 32 b+\n");
    String other = tickets("other", "another secret, which nobody shares");
    try (ScriptedBackend brief = ScriptedBackend.start(peer -> peer.write("hello"));
        ApplianceProcess one = ApplianceProcess.before(brief.address(), List.of(), shared);
        ApplianceProcess two = ApplianceProcess.before(brief.address(), List.of(), shared);
        RunningTerminator stranger = RunningTerminator.before(brief.address(), "", other)) {
      for (String version : List.of("-tls1_2", "-tls1_3")) {
        Path session = directory.resolve("session" + version);
        assertThat(openssl(one.address(), version, "-sess_out", session)).contains("New, TLSv1");
        assertThat(openssl(two.address(), version, "-sess_in", session)).contains("Reused, TLSv1");
        assertThat(openssl(one.address(), version, "-sess_in", session)).contains("Reused, TLSv1");
        assertThat(openssl(stranger.address(), version, "-sess_in", session))
            .contains("New, TLSv1");
      }
      assertThat(two.metric("terminator_tls_ticket_keys{source=\"shared\",}")).isEqualTo(3);
      assertThat(two.metric("terminator_tls_ticket_secret_usable")).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @EnumSource(TlsVersion.class)
  void aSessionOutlivesItsCertificate(TlsVersion version) throws IOException {
    try (RunningTerminator terminator = RunningTerminator.before(echo.address())) {
      TlsClient client = terminator.client().only(version);
      var first = exchange(client, terminator.address(), false);
      terminator
          .ca()
          .server("localhost")
          .writeTo(terminator.directory().resolve("certs"), "localhost");
      terminator.terminator().reload("test");
      exchange(client, terminator.address(), true);
      assertThat(exchange(client.fresh(), terminator.address(), false)).isNotEqualTo(first);
    }
  }

  @Test
  void aReloadTurnsTicketsOffAndOnAndASecretIsReadAgain() throws IOException, InterruptedException {
    Path secret =
        Files.writeString(directory.resolve("secret"), "a secret of 32 bytes, or of more");
    String yaml =
        "workers: 1\nlisteners:\n  - name: web\n    bind: \"127.0.0.1:0\"\n    certificates: certs/\n"
            + "    backend: app\nbackends:\n  app: { servers: [\"127.0.0.1:"
            + echo.port()
            + "\"] }\n";
    try (RunningTerminator terminator =
        RunningTerminator.before(echo.address(), "", "workers: 1\ntickets: off\n")) {
      InetSocketAddress address = terminator.address();
      TlsClient client = terminator.client();
      exchange(client, address, false);
      exchange(client, address, false);

      terminator.rewrite("tickets: { secret-file: " + secret + ", rotation: 1h }\n" + yaml);
      terminator.terminator().reload("test");
      exchange(client, address, false);
      exchange(client, address, true);

      Files.writeString(secret, "another one, which came by a mount");
      terminator.terminator().rotateTickets();
      exchange(client, address, true);
      exchange(client, address, true);

      Files.delete(secret);
      terminator.terminator().rotateTickets();
      exchange(client, address, true);
      assertThat(terminator.metrics()).contains("terminator_tls_ticket_secret_usable 0.0");

      terminator.rewrite("tickets: off\n" + yaml);
      terminator.terminator().reload("test");
      exchange(client, address, false);
      exchange(client, address, false);
    }
  }

  @Test
  void revokedTicketsResumeNothingAndTheRequestIsAudited() throws Exception {
    try (AuditLines audit = AuditLines.open();
        RunningTerminator terminator = RunningTerminator.before(echo.address())) {
      TlsClient client = terminator.client();
      exchange(client, terminator.address(), false);
      exchange(client, terminator.address(), true);
      assertThat(revoke(terminator)).contains("200", "\"revoked\":true");
      audit.await("change=\"POST /v1/tickets:revoke\"", "who=\"full by loopback\"", "status=200");
      exchange(client, terminator.address(), false);
      exchange(client, terminator.address(), true);
    }
    Path secret =
        Files.writeString(directory.resolve("secret"), "a secret of 32 bytes, or of more");
    try (RunningTerminator terminator =
        RunningTerminator.before(
            echo.address(), "", "workers: 1\ntickets: { secret-file: " + secret + " }\n")) {
      TlsClient client = terminator.client();
      exchange(client, terminator.address(), false);
      assertThat(revoke(terminator)).contains("409", "Replace its content on every replica");
      exchange(client, terminator.address(), true);
      Files.writeString(secret, "another one, which came by a mount");
      assertThat(revoke(terminator)).contains("200");
      exchange(client, terminator.address(), false);
      exchange(client, terminator.address(), true);
    }
  }

  private static String revoke(RunningTerminator terminator) throws Exception {
    HttpResponse<String> response =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(
                        URI.create(
                            "http://127.0.0.1:"
                                + terminator.terminator().adminAddress().getPort()
                                + "/v1/tickets:revoke"))
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.noBody())
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    return response.statusCode() + " " + response.body();
  }

  private static Object exchange(TlsClient client, InetSocketAddress address, boolean resumed)
      throws IOException {
    try (TlsConnection connection = client.connect(address)) {
      connection.write("x");
      connection.finishOutput();
      assertThat(connection.readToEnd().text()).isEqualTo("x");
      assertThat(connection.isResumed()).isEqualTo(resumed);
      return connection.peerCertificates().get(0);
    }
  }

  private String tickets(String name, String secret) throws IOException {
    Path file = Files.writeString(directory.resolve(name), secret);
    return "tickets: { secret-file: " + file + " }\n";
  }

  private static String openssl(InetSocketAddress to, String version, String how, Path session) {
    try (RunningProcess client =
        Processes.start(
            "sh",
            "-c",
            "echo hello | openssl s_client -ign_eof -connect localhost:"
                + to.getPort()
                + " "
                + version
                + " "
                + how
                + " "
                + session)) {
      assertThat(client.awaitExit(PATIENCE)).as(client.output()).isZero();
      return client.output();
    }
  }
}
