package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.testkit.Credential;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.LogLines;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsClient;
import io.terminator.testkit.TlsConnection;
import io.terminator.tls.certificate.Certificates;
import io.terminator.tls.certificate.upload.StateException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Uploaded certificates are in service after a restart, with their versions; their keys are
 * encrypted if a secret is configured.
 */
class StateIT {
  private final TestCa ca = TestCa.create();
  private final Credential first = ca.server("uploaded.example");
  private final Credential second = ca.leaf("uploaded.example").rsa().issue();

  @TempDir Path directory;
  private Path state;
  private EchoBackend echo;

  @BeforeEach
  void startBackend() {
    state = directory.resolve("state");
    echo = EchoBackend.start();
  }

  @AfterEach
  void stopBackend() {
    echo.close();
  }

  @Test
  void uploadsAreSealedSurviveARestartAndRollBack() throws IOException, StateException {
    String secret = "state-secret-file: " + Files.writeString(directory.resolve("key"), "s3cret\n");
    try (RunningTerminator terminator = start(secret)) {
      Certificates certificates = terminator.terminator().certificates();
      put(certificates, first);
      assertThat(served(terminator)).isEqualTo(first.leaf());
      put(certificates, second);
      assertThat(served(terminator)).isEqualTo(second.leaf());
    }
    Path kept = state.resolve("certificates/uploaded/v2.pem");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(kept)))
        .isEqualTo("rw-------");
    assertThat(Files.readString(kept))
        .contains("BEGIN TERMINATOR SEALED KEY")
        .doesNotContain("PRIVATE KEY");

    try (RunningTerminator terminator = start(secret)) {
      assertThat(served(terminator)).isEqualTo(second.leaf());
      Certificates certificates = terminator.terminator().certificates();
      assertThat(certificates.versions("uploaded")).isEqualTo(List.of(2, 1));
      assertThat(certificates.rollback("uploaded", 1).isAccepted()).isTrue();
      assertThat(served(terminator)).isEqualTo(first.leaf());
    }

    // The wrong secret decrypts nothing, is reported, and affects no other certificate.
    try (RunningTerminator terminator = start("state-secret: \"wrong\"")) {
      assertThat(served(terminator).getSubjectX500Principal().getName()).contains("localhost");
      assertThat(terminator.terminator().certificates().problems())
          .anyMatch(problem -> problem.message().contains("cannot be decrypted with state-secret"));
    }
  }

  @Test
  void withoutASecretTheModeProtectsTheKeyAndASecretSealsTheNext()
      throws IOException, StateException {
    try (RunningTerminator terminator = start("")) {
      put(terminator.terminator().certificates(), first);
    }
    Path kept = state.resolve("certificates/uploaded/v1.pem");
    assertThat(Files.readString(kept)).contains("BEGIN PRIVATE KEY");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(kept)))
        .isEqualTo("rw-------");
    try (RunningTerminator terminator = start("state-secret: \"from the environment\"")) {
      assertThat(served(terminator)).isEqualTo(first.leaf());
      put(terminator.terminator().certificates(), second);
      assertThat(Files.readString(state.resolve("certificates/uploaded/v2.pem")))
          .contains("SEALED KEY");
    }
  }

  @Test
  void aStateDirectoryThatTurnsUnwritableCostsTheUploadOnly() throws Exception {
    try (RunningTerminator terminator = start("")) {
      assertThat(upload(terminator, first).statusCode()).isEqualTo(200);
      // A file where the directory was: not even the superuser writes below it.
      Path away = Files.move(state, directory.resolve("away"));
      Files.writeString(state, "");
      HttpResponse<String> refused = upload(terminator, second);
      assertThat(refused.statusCode()).isEqualTo(507);
      assertThat(refused.body())
          .contains(state.toString())
          .contains("cannot store uploads here")
          .contains("set state-dir");
      assertThat(served(terminator)).isEqualTo(first.leaf());
      HttpResponse<String> notDeleted = send(terminator, "DELETE", "");
      assertThat(notDeleted.statusCode()).isEqualTo(507);
      assertThat(served(terminator)).isEqualTo(first.leaf());
      terminator.terminator().reload("test");
      assertThat(served(terminator)).isEqualTo(first.leaf());

      Files.delete(state);
      Files.move(away, state);
      assertThat(upload(terminator, second).statusCode()).isEqualTo(200);
      assertThat(served(terminator)).isEqualTo(second.leaf());
    }
    try (RunningTerminator terminator = start("")) {
      assertThat(served(terminator)).isEqualTo(second.leaf());
    }
  }

  private static HttpResponse<String> upload(RunningTerminator terminator, Credential credential)
      throws Exception {
    return send(terminator, "PUT", credential.chainPem() + credential.keyPem());
  }

  private static HttpResponse<String> send(RunningTerminator terminator, String method, String body)
      throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(
                    URI.create(
                        "http://127.0.0.1:"
                            + terminator.terminator().adminAddress().getPort()
                            + "/v1/certificates/uploaded"))
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.ofString());
  }

  private RunningTerminator start(String topLevel) {
    return RunningTerminator.start(
        ca,
        Map.of("localhost", ca.server("localhost")),
        topLevel
            + "\nworkers: 1\nstate-dir: "
            + state
            + "\nlisteners:\n  - name: web\n    bind: \"127.0.0.1:0\"\n"
            + "    certificates: certs/\n    backend: app\nbackends:\n"
            + "  app: { servers: [\"127.0.0.1:"
            + echo.port()
            + "\"] }\n");
  }

  @Test
  void theLogSaysThatAnUploadServesInPlaceOfARenewedFile() throws Exception {
    try (LogLines said = LogLines.of(Certificates.class);
        RunningTerminator terminator = start("")) {
      List<String> lines = said.lines();
      put(terminator.terminator().certificates(), terminator.ca().server("localhost"));
      lines.clear();

      terminator
          .ca()
          .server("localhost")
          .writeTo(terminator.directory().resolve("certs"), "uploaded");

      await()
          .atMost(RunningTerminator.PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(lines)
                      .anyMatch(
                          line ->
                              line.contains("changed, but version 1 of the upload serves")
                                  && line.contains("DELETE /v1/certificates/uploaded")));
      assertThat(lines).noneMatch(line -> line.contains("uploaded.crt serves"));
    }
  }

  private static void put(Certificates certificates, Credential credential) throws StateException {
    assertThat(
            certificates
                .put(
                    "uploaded",
                    credential.chainPem().getBytes(StandardCharsets.US_ASCII),
                    credential.keyPem().getBytes(StandardCharsets.US_ASCII),
                    null,
                    null)
                .isAccepted())
        .isTrue();
  }

  private X509Certificate served(RunningTerminator terminator) throws IOException {
    try (TlsConnection connection =
        TlsClient.trusting(ca).serverName("uploaded.example").connect(terminator.address())) {
      return connection.peerCertificates().get(0);
    }
  }
}
