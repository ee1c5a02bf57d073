package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.testkit.Credential;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsConnection;
import io.terminator.tls.certificate.credential.ReportedProblem;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Every possible fault of a file occurs in a watched directory: the fault is reported, and clients
 * are not affected.
 */
class BadFilesIT {
  @Test
  void everyBadFileIsNamedAndNobodyIsCutOff() throws Exception {
    try (EchoBackend echo = EchoBackend.start();
        RunningTerminator terminator = RunningTerminator.before(echo.address());
        TlsConnection live = terminator.client().connect(terminator.address())) {
      X509Certificate good = live.peerCertificates().get(0);
      Path certs = terminator.directory().resolve("certs");
      layOut(certs, terminator.ca());

      awaitProblem(terminator, live, "truncated.crt", "has no end");
      awaitProblem(terminator, live, "half.key", "has no end");
      awaitProblem(terminator, live, "stranger", "does not belong");
      awaitProblem(terminator, live, "locked.key", "password");
      awaitProblem(terminator, live, "wrong.p12", "password");
      awaitProblem(terminator, live, "expired.crt", "expired");
      // A link that leads nowhere may be a swap under way: the watcher waits for its next poll.
      terminator.terminator().reload("test");
      awaitProblem(terminator, live, "circle", "a loop of symbolic links");
      awaitProblem(terminator, live, "large.pem", "has 10485760 bytes");
      awaitProblem(terminator, live, "junk.pem", "neither PEM nor DER");
      awaitProblem(terminator, live, "twin", "both cover \"twin.example\"");
      assertUntouched(terminator, live, good);

      // The certificate in service stays when its file is damaged, and is replaced when the file is
      // valid again.
      Credential renewed = terminator.ca().server("localhost");
      Files.writeString(certs.resolve("localhost.key"), renewed.keyPem());
      awaitProblem(terminator, live, "localhost", "The last good version stays in service");
      assertUntouched(terminator, live, good);
      renewed.writeTo(certs, "localhost");
      await()
          .atMost(RunningTerminator.PATIENCE)
          .untilAsserted(() -> assertThat(served(terminator)).isEqualTo(renewed.leaf()));

      Path away = terminator.directory().resolve("away");
      Files.move(certs, away);
      awaitProblem(terminator, live, "certs", "");
      assertUntouched(terminator, live, renewed.leaf());
      Files.move(away, certs);
      Credential third = terminator.ca().server("localhost");
      third.writeTo(certs, "localhost");
      await()
          .atMost(RunningTerminator.PATIENCE)
          .untilAsserted(() -> assertThat(served(terminator)).isEqualTo(third.leaf()));
      assertUntouched(terminator, live, third.leaf());
      assertThat(terminator.metrics()).contains("terminator_certificate_problems");
    }
  }

  @Test
  void withoutAnyUsableCertificateItIsNotReady() throws Exception {
    TestCa ca = TestCa.create();
    try (EchoBackend echo = EchoBackend.start();
        RunningTerminator terminator =
            RunningTerminator.start(
                ca,
                Map.of("broken", ca.wrongKey("localhost")),
                "workers: 1\nlisteners:\n"
                    + "  - { name: web, bind: \"127.0.0.1:0\", certificates: certs/, backend: app }\n"
                    + "backends:\n  app: { servers: [\"127.0.0.1:"
                    + echo.address().getPort()
                    + "\"] }\n")) {
      assertThat(readiness(terminator))
          .isEqualTo("503 not ready: listener web has no usable certificate\n");

      ca.server("localhost").writeTo(terminator.directory().resolve("certs"), "good");

      await()
          .atMost(RunningTerminator.PATIENCE)
          .untilAsserted(() -> assertThat(readiness(terminator)).isEqualTo("200 ready\n"));
    }
  }

  @Test
  void withoutAnyUsableCertificateOfAPolicyItIsNotReady() throws Exception {
    TestCa ca = TestCa.create();
    try (EchoBackend echo = EchoBackend.start();
        RunningTerminator terminator =
            RunningTerminator.start(
                ca,
                Map.of("localhost", ca.server("localhost"), "own", ca.wrongKey("own.example")),
                """
                workers: 1
                listeners:
                  - name: web
                    bind: "127.0.0.1:0"
                    certificates: certs/
                    backend: app
                    policies:
                      - name: own
                        sni: own.example
                        certificates: [{ chain: certs/own.crt, key: certs/own.key }]
                backends: { app: { servers: ["127.0.0.1:%d"] } }
                """
                    .formatted(echo.address().getPort()))) {
      assertThat(readiness(terminator))
          .isEqualTo("503 not ready: policy own of listener web has no usable certificate\n");

      ca.server("own.example").writeTo(terminator.directory().resolve("certs"), "own");

      await()
          .atMost(RunningTerminator.PATIENCE)
          .untilAsserted(() -> assertThat(readiness(terminator)).isEqualTo("200 ready\n"));
    }
  }

  private static String readiness(RunningTerminator terminator) throws Exception {
    HttpResponse<String> answer =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create(terminator.terminator().adminUrl() + "/readyz"))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    return answer.statusCode() + " " + answer.body();
  }

  private static void layOut(Path certs, TestCa ca) throws IOException {
    Credential truncated = ca.server("truncated.example");
    truncated.writeTo(certs, "truncated");
    String chain = truncated.chainPem();
    Files.writeString(certs.resolve("truncated.crt"), chain.substring(0, chain.length() / 3));
    Credential half = ca.server("half.example");
    half.writeTo(certs, "half");
    String key = half.keyPem();
    Files.writeString(certs.resolve("half.key"), key.substring(0, key.length() / 2));
    ca.wrongKey("stranger.example").writeTo(certs, "stranger");
    Credential locked = ca.server("locked.example");
    locked.writeTo(certs, "locked");
    Files.writeString(certs.resolve("locked.key"), locked.encryptedKeyPem("secret"));
    Files.write(certs.resolve("wrong.p12"), ca.server("wrong.example").pkcs12("right"));
    Files.writeString(certs.resolve("wrong.password"), "wrong");
    ca.expired("expired.example").writeTo(certs, "expired");
    Files.createSymbolicLink(certs.resolve("circle.crt"), Path.of("circle.crt"));
    Files.createSymbolicLink(certs.resolve("circle.key"), Path.of("circle.crt"));
    Files.write(certs.resolve("large.pem"), new byte[10 * 1024 * 1024]);
    byte[] junk = new byte[4096];
    new Random(7).nextBytes(junk);
    Files.write(certs.resolve("junk.pem"), junk);
    ca.server("twin.example").writeTo(certs, "twin-a");
    ca.server("twin.example").writeTo(certs, "twin-b");
  }

  private static void awaitProblem(
      RunningTerminator terminator, TlsConnection live, String place, String reason) {
    await()
        .atMost(RunningTerminator.PATIENCE)
        .untilAsserted(
            () -> {
              assertEchoes(live);
              List<String> messages =
                  terminator.terminator().certificates().problems().stream()
                      .map(ReportedProblem::message)
                      .toList();
              assertThat(messages)
                  .as("a problem of \"%s\" that says \"%s\"", place, reason)
                  .anyMatch(
                      message ->
                          message.contains("/" + place)
                              && message.contains(reason)
                              && !message.contains("PRIVATE KEY-----"));
            });
  }

  private static void assertUntouched(
      RunningTerminator terminator, TlsConnection live, X509Certificate expected)
      throws IOException {
    assertEchoes(live);
    assertThat(served(terminator)).isEqualTo(expected);
  }

  private static void assertEchoes(TlsConnection live) throws IOException {
    byte[] text = "still here".getBytes(StandardCharsets.US_ASCII);
    live.write(text);
    assertThat(live.readExactly(text.length)).isEqualTo(text);
  }

  private static X509Certificate served(RunningTerminator terminator) throws IOException {
    try (TlsConnection connection = terminator.client().fresh().connect(terminator.address())) {
      return connection.peerCertificates().get(0);
    }
  }
}
