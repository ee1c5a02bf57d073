package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.terminator.core.connection.Retired;
import io.terminator.core.flow.Connection;
import io.terminator.core.phase.CloseReason;
import io.terminator.testkit.Credential;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.Ending;
import io.terminator.testkit.H2Client;
import io.terminator.testkit.ScriptedBackend;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsClient;
import io.terminator.testkit.TlsConnection;
import io.terminator.testkit.TlsVersion;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Connections on an old certificate are counted and ended. */
class RetireIT {
  private static final Predicate<Connection> ALL = connection -> true;
  private static final Duration QUIET = Duration.ofMillis(10);

  private final TestCa ca = TestCa.create();

  @TempDir Path directory;

  @Test
  void connectionsOnTheOldCertificateAreCountedAndClosedAndNoOthers() throws Exception {
    AuditLines audit = AuditLines.open();
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator = start(backend);
        TlsConnection first = echo(terminator, client("shop.example"));
        TlsConnection second = echo(terminator, client("shop.example"));
        TlsConnection other = echo(terminator, client("localhost"))) {
      assertThat(total(terminator, "certificate=shop")).isEqualTo(2);
      upload(terminator, ca.server("shop.example"));
      try (TlsConnection renewed = echo(terminator, client("shop.example").fresh())) {
        String later = Instant.now().plusSeconds(60).toString();
        assertThat(total(terminator, "certificate=shop&before=" + later)).isEqualTo(3);
        assertThat(total(terminator, "certificate=shop&before=2026-01-01T00:00:00Z")).isZero();
        JsonNode shown =
            terminator
                .call("GET", "/v1/connections?certificate=shop&limit=3", 200)
                .get("connections");
        String fingerprint =
            terminator.call("GET", "/v1/certificates/shop", 200).get("fingerprint").asText();
        assertThat(shown.findValuesAsText("fingerprint")).containsOnlyOnce(fingerprint);
        assertThat(total(terminator, "fingerprint=" + fingerprint)).isEqualTo(1);

        JsonNode begun = terminator.call("POST", "/v1/certificates/shop:retire?window=500ms", 202);
        assertThat(begun.get("total").asInt()).isEqualTo(2);
        assertThat(first.awaitEnd()).isEqualTo(Ending.END_OF_STREAM);
        assertThat(second.awaitEnd()).isEqualTo(Ending.END_OF_STREAM);
        terminator.awaitCloses(CloseReason.RETIRED, 2);
        JsonNode done = awaitState(terminator, "done");
        assertThat(done.get("closed").asInt()).isEqualTo(2);
        assertThat(done.get("left").asInt()).isZero();
        exchange(renewed);
        exchange(other);
        assertThat(terminator.metric("terminator_certificate_retiring_connections")).isZero();
        audit.await("change=\"POST /v1/certificates/shop:retire\"", "2 connections", "retiring");

        // Whatever their version: after a leak of the key, which serves until it is replaced.
        terminator.call("POST", "/v1/certificates/shop:retire?window=0s&before=" + later, 202);
        assertThat(renewed.awaitEnd()).isEqualTo(Ending.END_OF_STREAM);
        exchange(other);
      }
    } finally {
      audit.close();
    }
  }

  @ParameterizedTest
  @EnumSource(TlsVersion.class)
  void itsSessionsAreNotResumedAndLaterOnesAre(TlsVersion version) throws Exception {
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator = start(backend)) {
      TlsClient client = client("shop.example").only(version);
      assertThat(isResumed(terminator, client)).isFalse();
      upload(terminator, ca.server("shop.example"));
      assertThat(isResumed(terminator, client)).as("a session outlives its certificate").isTrue();
      for (int time = 0; time < 2; time++) {
        terminator.call("POST", "/v1/certificates/shop:retire", 202);
        awaitState(terminator, "done");
        assertThat(isResumed(terminator, client)).isFalse();
        assertThat(isResumed(terminator, client)).isTrue();
      }
      assertThat(terminator.terminator().reload("test").problems()).isEmpty();
      assertThat(isResumed(terminator, client)).isTrue();
    }
  }

  @Test
  void theLongestIdleAreClosedFirst() throws Exception {
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator = start(backend);
        TlsConnection idle = echo(terminator, client("shop.example"));
        TlsConnection busy = echo(terminator, client("localhost"))) {
      // The clock of idleness is coarse.
      await()
          .atMost(RunningTerminator.PATIENCE)
          .until(
              () -> {
                exchange(busy);
                return quietTicks(terminator, "local") + 1 < quietTicks(terminator, "shop");
              });
      assertThat(retire(terminator, ALL, 1).found()).isEqualTo(2);
      await()
          .atMost(RunningTerminator.PATIENCE)
          .until(() -> retire(terminator, ALL, 0).found() == 1);
      assertThat(idle.awaitEnd()).isEqualTo(Ending.END_OF_STREAM);
      exchange(busy);
      assertThat(retire(terminator, ALL, -1)).isEqualTo(new Retired(1, 1));
      assertThat(busy.awaitEnd()).isEqualTo(Ending.END_OF_STREAM);
      terminator.awaitCloses(CloseReason.RETIRED, 2);
    }
  }

  @Test
  void requestsInFlightAreCompletedAndTheClientIsToldToConnectAgain() throws Exception {
    CountDownLatch arrived = new CountDownLatch(2);
    CountDownLatch answered = new CountDownLatch(1);
    try (ScriptedBackend backend =
            ScriptedBackend.start(
                server -> {
                  server.readUntil("\r\n\r\n");
                  arrived.countDown();
                  assertThat(answered.await(60, TimeUnit.SECONDS)).isTrue();
                  server.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
                  server.awaitEnd();
                });
        RunningTerminator terminator =
            RunningTerminator.http(ca, "\"127.0.0.1:" + backend.port() + "\"", "");
        TlsConnection h1 =
            TlsClient.trusting(ca)
                .serverName("localhost")
                .alpn("http/1.1")
                .connect(terminator.address());
        H2Client h2 =
            H2Client.over(
                    TlsClient.trusting(ca)
                        .serverName("localhost")
                        .alpn("h2")
                        .connect(terminator.address()))
                .begin()) {
      h1.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
      h2.await(H2Client.SETTINGS);
      h2.get(1, "/");
      assertThat(arrived.await(60, TimeUnit.SECONDS)).isTrue();
      assertThat(retire(terminator, ALL, 2)).isEqualTo(new Retired(2, 0));
      assertThat(h2.awaitGoAway().code()).isZero();
      answered.countDown();
      assertThat(h2.await(H2Client.DATA).text()).isEqualTo("hello");
      assertThat(h1.readUntil("hello")).containsIgnoringCase("connection: close");
      assertThat(h1.awaitEnd()).isEqualTo(Ending.END_OF_STREAM);
      terminator.awaitCloses(CloseReason.RETIRED, 2);
    }
  }

  @Test
  void aRetirementIsStoppedByTheOperatorAndByADrain() throws Exception {
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator = start(backend);
        TlsConnection old = echo(terminator, client("shop.example"))) {
      upload(terminator, ca.server("shop.example"));
      String retire = "/v1/certificates/shop:retire?window=24h";
      assertThat(terminator.call("POST", retire, 202).get("state").asText()).isEqualTo("running");
      assertThat(terminator.metric("terminator_certificate_retiring_connections")).isEqualTo(1);
      assertThat(terminator.call("POST", retire, 409).get("detail").asText())
          .contains("DELETE /v1/retirements/shop");
      assertThat(terminator.call("DELETE", "/v1/retirements/shop", 200).get("state").asText())
          .isEqualTo("stopped");
      terminator.call("DELETE", "/v1/retirements/shop", 404);
      exchange(old);
      terminator.call("POST", retire, 202);
      terminator.terminator().toDraining();
      awaitState(terminator, "stopped");
      exchange(old);
    }
  }

  @Test
  void theDashboardShowsItsProgress() throws Exception {
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator = start(backend);
        Chromium chromium = Chromium.start(ca.server("127.0.0.1").leaf().getPublicKey());
        ChromiumPage page = chromium.open();
        TlsConnection old = echo(terminator, client("shop.example"))) {
      page.size(1440, 900);
      page.go(terminator.terminator().adminUrl() + "/");
      page.awaitText("certificates", "shop.example");
      assertThat(page.evaluate("document.getElementById('retirements').hidden").asBoolean())
          .isTrue();
      upload(terminator, ca.server("shop.example"));
      terminator.call("POST", "/v1/certificates/shop:retire?window=24h", 202);
      page.awaitText("retired-certificates", "running");
      terminator.call("DELETE", "/v1/retirements/shop", 200);
      page.awaitText("retired-certificates", "stopped");
      exchange(old);
      assertThat(page.complaints("")).as("errors in the console").isEmpty();
    }
  }

  @Test
  void whatIsAskedForIsChecked() throws Exception {
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator = start(backend)) {
      terminator.call("POST", "/v1/certificates/none:retire", 404);
      terminator.call("POST", "/v1/certificates/shop:retire?window=2d", 400);
      terminator.call("POST", "/v1/certificates/shop:retire?window=soon", 400);
      assertThat(
              terminator
                  .call("POST", "/v1/certificates/shop:retire?before=yesterday", 400)
                  .get("detail")
                  .asText())
          .contains("query.before");
      terminator.call("GET", "/v1/connections?before=1", 400);
      JsonNode nobody = terminator.call("POST", "/v1/certificates/shop:retire", 202);
      assertThat(nobody.get("state").asText()).isEqualTo("done");
    }
  }

  @Test
  void connectionsAreFoundByPolicyTicketKeyAndClientAuthority() throws Exception {
    Path trusted = Files.writeString(directory.resolve("clients.pem"), ca.rootPem());
    String policy =
        "    policies:\n      - { name: mtls, sni: shop.example, tls: { client-certificates: { ca: \""
            + trusted
            + "\" } } }\n";
    Credential alice = ca.client("alice");
    String issuer = alice.leaf().getIssuerX500Principal().getName();
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator = start(backend, policy);
        TlsConnection known = echo(terminator, client("shop.example").presenting(alice));
        TlsConnection before = echo(terminator, client("localhost"))) {
      assertThat(total(terminator, "policy=mtls")).isEqualTo(1);
      assertThat(total(terminator, "policy=default")).isEqualTo(1);
      assertThat(
              total(terminator, "client-ca=" + URLEncoder.encode(issuer, StandardCharsets.UTF_8)))
          .isEqualTo(1);
      String key = ticketKey(terminator);
      assertThat(total(terminator, "ticket-key=" + key)).isEqualTo(1);
      terminator.terminator().rotateTickets();
      try (TlsConnection after = echo(terminator, client("localhost"))) {
        assertThat(total(terminator, "ticket-key=" + key)).isEqualTo(1);
        assertThat(total(terminator, "policy=default")).isEqualTo(2);
        exchange(after);
      }
      exchange(known);
      exchange(before);
    }
  }

  private static String ticketKey(RunningTerminator terminator) throws Exception {
    return terminator
        .call("GET", "/v1/connections?policy=default", 200)
        .at("/connections/0/ticketKey")
        .asText();
  }

  private static int total(RunningTerminator terminator, String query) throws Exception {
    return terminator.call("GET", "/v1/connections?" + query, 200).get("total").asInt();
  }

  private static JsonNode awaitState(RunningTerminator terminator, String state) {
    return await()
        .atMost(RunningTerminator.PATIENCE)
        .until(
            () -> terminator.call("GET", "/v1/retirements", 200).at("/retirements/0"),
            each -> each.path("state").asText().equals(state));
  }

  private static Retired retire(
      RunningTerminator terminator, Predicate<Connection> which, int most) {
    return terminator
        .terminator()
        .workers()
        .retire(which, most, QUIET)
        .toCompletableFuture()
        .join();
  }

  private static long quietTicks(RunningTerminator terminator, String certificate) {
    return terminator
        .terminator()
        .workers()
        .read(
            each -> certificate.equals(each.protection().certificate()) ? each.quietTicks() : null)
        .get(0);
  }

  private static boolean isResumed(RunningTerminator terminator, TlsClient client)
      throws IOException {
    try (TlsConnection connection = echo(terminator, client)) {
      return connection.isResumed();
    }
  }

  private static TlsConnection echo(RunningTerminator terminator, TlsClient client)
      throws IOException {
    TlsConnection connection = client.connect(terminator.address());
    exchange(connection);
    return connection;
  }

  private static void exchange(TlsConnection connection) throws IOException {
    connection.write("ping");
    assertThat(connection.readExactly(4)).asString().isEqualTo("ping");
  }

  private static void upload(RunningTerminator terminator, Credential credential) throws Exception {
    HttpResponse<String> answer =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(
                        URI.create(terminator.terminator().adminUrl() + "/v1/certificates/shop"))
                    .PUT(
                        HttpRequest.BodyPublishers.ofString(
                            credential.chainPem() + credential.keyPem()))
                    .header("Content-Type", "application/x-pem-file")
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
  }

  private TlsClient client(String name) {
    return TlsClient.trusting(ca).serverName(name);
  }

  private RunningTerminator start(EchoBackend backend) {
    return start(backend, "");
  }

  private RunningTerminator start(EchoBackend backend, String keys) {
    return RunningTerminator.start(
        ca,
        Map.of("shop", ca.server("shop.example"), "local", ca.server("localhost")),
        "workers: 1\nlisteners:\n  - name: web\n    bind: \"127.0.0.1:0\"\n"
            + "    certificates: certs/\n    backend: app\n"
            + keys
            + "backends:\n  app: { servers: [\"127.0.0.1:"
            + backend.address().getPort()
            + "\"] }\n");
  }
}
