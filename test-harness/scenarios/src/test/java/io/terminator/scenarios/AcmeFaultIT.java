package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.terminator.core.phase.CloseReason;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.ScriptedCa;
import io.terminator.testkit.ScriptedCa.Answer;
import io.terminator.testkit.ScriptedCa.Step;
import io.terminator.testkit.ScriptedCa.Trick;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * An authority that answers wrongly, late or not at all: the last certificate serves, the reason is
 * one call away, and nothing is repeated without a pause.
 */
class AcmeFaultIT {
  @TempDir Path state;

  private EchoBackend backend;
  private ScriptedCa authority;
  private RunningTerminator terminator;

  @BeforeEach
  void start() {
    backend = EchoBackend.start();
    authority = ScriptedCa.start();
  }

  @AfterEach
  void stop() {
    if (terminator != null) {
      terminator.close();
    }
    authority.close();
    backend.close();
  }

  private void appliance(String more) {
    appliance(more, "");
  }

  private void appliance(String more, String listener) {
    terminator =
        new AcmeConfig(state, backend, authority.directoryUrl())
            .listener(listener)
            .acme(more)
            .start();
  }

  private JsonNode certificate() throws Exception {
    return AcmeIT.certificate(terminator);
  }

  private String failure() throws Exception {
    return certificate().path("lastFailure").path("type").asText();
  }

  private X509Certificate served() throws Exception {
    return Peek.chain(terminator.address(), "shop.example").get(0);
  }

  private X509Certificate awaitIssued() throws Exception {
    await()
        .atMost(RunningTerminator.PATIENCE)
        .untilAsserted(
            () ->
                assertThat(certificate().path("issued").asBoolean())
                    .as(AcmeIT.acme(terminator).toPrettyString())
                    .isTrue());
    // It is stored before it serves.
    return AcmeIT.awaitServed(terminator, "shop.example", authority);
  }

  private void awaitFailures(int count) {
    await()
        .atMost(RunningTerminator.PATIENCE)
        .untilAsserted(
            () ->
                assertThat(certificate().path("failures").asInt())
                    .as(AcmeIT.acme(terminator).toPrettyString())
                    .isGreaterThanOrEqualTo(count));
  }

  private void renew() throws Exception {
    terminator.call("POST", "/v1/certificates/shop.example:renew", 200);
  }

  /** Orders again and expects this failure, with the certificate of before in service. */
  private void expect(String type, X509Certificate before, String why) throws Exception {
    int failures = certificate().path("failures").asInt();
    renew();
    await()
        .atMost(RunningTerminator.PATIENCE)
        .untilAsserted(
            () ->
                assertThat(certificate().path("failures").asInt())
                    .as(why + " " + certificate().toPrettyString())
                    .isGreaterThan(failures));
    assertThat(failure()).as(why + " " + certificate().toPrettyString()).isEqualTo(type);
    assertThat(certificate().path("lastFailure").path("fix").asText()).as(why).isNotEmpty();
    assertThat(Instant.parse(certificate().path("renewAt").asText()))
        .as(why)
        .isAfter(Instant.now().plusSeconds(30));
    assertThat(served()).as(why).isEqualTo(before);
  }

  @Test
  void everyFaultOfTheAuthorityLeavesTheLastCertificateInService() throws Exception {
    appliance("");
    X509Certificate first = awaitIssued();

    for (String type :
        List.of(
            "malformed",
            "rejectedIdentifier",
            "unauthorized",
            "userActionRequired",
            "caa",
            "dns",
            "unsupportedIdentifier",
            "serverInternal",
            "invalidContact",
            "accountDoesNotExist")) {
      authority.once(Step.NEW_ORDER, Answer.problem(403, type, "the words of the authority"));
      expect(type, first, type);
      assertThat(certificate().path("lastFailure").path("detail").asText())
          .contains("the words of the authority");
    }
    authority.once(Step.NEW_ORDER, Answer.problem(400, "somethingNew", "unheard of"));
    expect("other", first, "a type that is not in the RFC");
    authority.once(Step.NEW_ORDER, Answer.text(502, "text/html", "<html>bad gateway</html>"));
    expect("serverInternal", first, "a page instead of JSON");
    authority.once(Step.NEW_ORDER, Answer.text(201, "application/json", "{\"status\":"));
    expect("protocol", first, "half of a JSON");
    authority.once(Step.NEW_ORDER, Answer.text(201, "application/json", "{}").cutBy(100));
    expect("network", first, "a truncated answer");
    authority.once(
        Step.NEW_ORDER, Answer.text(201, "application/json", " ".repeat(2 << 20) + "{}"));
    expect("network", first, "a huge answer");
    for (Map.Entry<Trick, String> trick :
        Map.of(
                Trick.INVALID_CHALLENGE, "connection",
                Trick.INVALID_ORDER, "caa",
                Trick.OTHER_KEY, "certificate",
                Trick.NO_INTERMEDIATE, "certificate",
                Trick.NOT_YET_VALID, "certificate",
                Trick.OTHER_NAME, "certificate",
                Trick.FOREIGN_AUTHORIZATION, "protocol")
            .entrySet()) {
      authority.trick(trick.getKey());
      expect(trick.getValue(), first, trick.getKey().toString());
    }
    authority.trick(Trick.NONE);
    authority.challenges("dns-unheard-01");
    expect("challenge", first, "no challenge that can be answered");
    authority.challenges("tls-alpn-01");
    int orders = authority.count(Step.NEW_ORDER);
    renew();
    await()
        .atMost(RunningTerminator.PATIENCE)
        .untilAsserted(() -> assertThat(served()).isNotEqualTo(first));
    assertThat(certificate().path("failures").asInt()).isZero();
    assertThat(authority.count(Step.NEW_ORDER)).isEqualTo(orders + 1);
    assertThat(terminator.metrics())
        .containsPattern("terminator_acme_orders_total\\{result=\"issued\",\\} 2")
        .containsPattern("terminator_acme_failures_total\\{type=\"caa\",\\} 2");
  }

  @Test
  void aRateLimitIsWaitedFor() throws Exception {
    authority.always(
        Step.NEW_ORDER, Answer.problem(429, "rateLimited", "too many").with("Retry-After", "7200"));
    appliance("");
    awaitFailures(1);

    assertThat(failure()).isEqualTo("rateLimited");
    assertThat(Instant.parse(certificate().path("renewAt").asText()))
        .isBetween(Instant.now().plusSeconds(7000), Instant.now().plusSeconds(7300));
    assertThat(authority.count(Step.NEW_ORDER)).isEqualTo(1);
    assertThat(served().getIssuerX500Principal().getName()).contains("not issued yet");

    authority.always(Step.NEW_ORDER, Answer.problem(429, "rateLimited", "too many"));
    renew();
    awaitFailures(2);
    assertThat(Instant.parse(certificate().path("renewAt").asText()))
        .as("without Retry-After the usual pause")
        .isBetween(Instant.now().plusSeconds(540), Instant.now().plusSeconds(720));
  }

  @Test
  void anAuthorityThatIsDownIsTriedAgainAndTheSecondOneTakesOver() throws Exception {
    authority.always(Step.DIRECTORY, Answer.text(503, "text/plain", "maintenance"));
    try (ScriptedCa second = ScriptedCa.start()) {
      appliance("  fallback: { directory: " + second.directoryUrl() + " }");
      for (int i = 1; i <= 3; i++) {
        awaitFailures(i);
        assertThat(failure()).isEqualTo("serverInternal");
        renew();
      }
      await()
          .atMost(RunningTerminator.PATIENCE)
          .untilAsserted(() -> assertThat(certificate().path("issued").asBoolean()).isTrue());
      await()
          .atMost(RunningTerminator.PATIENCE)
          .untilAsserted(() -> served().verify(second.ca().intermediate().leaf().getPublicKey()));
      assertThat(certificate().path("issuedBy").asText()).isEqualTo(second.directoryUrl());
    }
  }

  @Test
  void theProposedWindowDecidesAndTheOrderNamesWhatItReplaces() throws Exception {
    Instant start = Instant.now().plus(Duration.ofDays(20));
    authority.window(start, start.plus(Duration.ofDays(2)), 60);
    appliance("  profile: shortlived");
    X509Certificate first = awaitIssued();
    await()
        .atMost(RunningTerminator.PATIENCE)
        .untilAsserted(
            () ->
                assertThat(Instant.parse(certificate().path("renewAt").asText()))
                    .as(certificate().toPrettyString())
                    .isBetween(start, start.plus(Duration.ofDays(2))));
    assertThat(certificate().path("reason").asText()).contains("ARI");
    assertThat(authority.count(Step.RENEWAL_INFO)).isEqualTo(1);
    assertThat(authority.newOrders().get(0)).contains("\"profile\":\"shortlived\"");

    renew();
    await()
        .atMost(RunningTerminator.PATIENCE)
        .untilAsserted(() -> assertThat(served()).isNotEqualTo(first));
    assertThat(authority.newOrders().get(1)).contains("\"replaces\":\"");
  }

  @Test
  void anOrderThatIsNotFinishedContinuesAfterARestart() throws Exception {
    authority.always(Step.FINALIZE, Answer.problem(500, "serverInternal", "later"));
    appliance("");
    awaitFailures(1);
    terminator.close();
    terminator = null;

    authority.always(Step.FINALIZE, null);
    appliance("");
    assertThat(certificate().path("order").asText()).isNotEmpty();
    renew();
    awaitIssued();

    assertThat(authority.count(Step.NEW_ORDER)).as("one order for both starts").isEqualTo(1);
    assertThat(authority.count(Step.ACCOUNT)).isEqualTo(1);
  }

  @Test
  void aCertificateThatCannotBeWrittenIsFetchedAgainWithoutANewOrder() throws Exception {
    appliance("");
    X509Certificate first = awaitIssued();
    Path home = state.resolve("acme/certificates/shop.example");
    Path aside = Files.move(home, state.resolve("aside"));
    Files.writeString(home, "a file in place of the directory");

    expect("state", first, "the certificate cannot be stored");
    assertThat(certificate().path("order").asText()).isNotEmpty();
    Files.delete(home);
    Files.move(aside, home);
    renew();

    await()
        .atMost(RunningTerminator.PATIENCE)
        .untilAsserted(() -> assertThat(served()).isNotEqualTo(first));
    assertThat(authority.count(Step.NEW_ORDER)).isEqualTo(2);
  }

  @Test
  void twentyRenewalsUnderLoadFailNoHandshakeAndCloseNoConnection() throws Exception {
    authority.lifetime(Duration.ofHours(160));
    appliance("");
    X509Certificate last = awaitIssued();
    List<SSLSocket> open = new ArrayList<>();
    AtomicBoolean isOver = new AtomicBoolean();
    AtomicInteger handshakes = new AtomicInteger();
    Queue<Exception> failures = new ConcurrentLinkedQueue<>();
    List<Thread> clients = new ArrayList<>();
    try {
      for (int i = 0; i < 100; i++) {
        SSLSocket socket = Peek.socket(terminator.address(), "shop.example");
        socket.startHandshake();
        open.add(socket);
      }
      for (int i = 0; i < 2; i++) {
        Thread client =
            new Thread(
                () -> {
                  while (!isOver.get()) {
                    try {
                      assertThat(served().getIssuerX500Principal()).isNotNull();
                      handshakes.incrementAndGet();
                    } catch (Exception failure) {
                      failures.add(failure);
                    }
                  }
                });
        clients.add(client);
        client.start();
      }
      for (int i = 0; i < 20; i++) {
        X509Certificate before = last;
        renew();
        await()
            .atMost(RunningTerminator.PATIENCE)
            .untilAsserted(() -> assertThat(served()).isNotEqualTo(before));
        last = served();
      }
      for (SSLSocket socket : open) {
        socket.getOutputStream().write('x');
        assertThat(socket.getInputStream().read()).isEqualTo('x');
      }
    } finally {
      isOver.set(true);
      for (Thread client : clients) {
        client.join();
      }
      for (SSLSocket socket : open) {
        socket.close();
      }
    }
    assertThat(failures).isEmpty();
    assertThat(handshakes.get()).isGreaterThan(100);
    assertThat(authority.count(Step.NEW_ORDER)).isEqualTo(21);
  }

  private static List<X509Certificate> shown(SSLSocket socket) throws Exception {
    return Arrays.stream(socket.getSession().getPeerCertificates())
        .map(X509Certificate.class::cast)
        .toList();
  }

  private SSLSocket client(String name, String... alpn) throws Exception {
    SSLSocket socket = Peek.socket(terminator.address(), name);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setApplicationProtocols(alpn);
    socket.setSSLParameters(parameters);
    return socket;
  }

  @Test
  void onlyThePendingNameWithTheProtocolAloneIsAChallenge() throws Exception {
    // The authority takes its time, so that the challenge stays pending.
    authority.always(
        Step.CHALLENGE,
        Answer.problem(503, "serverInternal", "later").after(Duration.ofSeconds(20)));
    appliance(
        "",
        "    routes: [{ sni: legacy.example, mode: passthrough, backend: app }]\n"
            + "    tls: { alpn: [h2] }\n");
    await()
        .atMost(RunningTerminator.PATIENCE)
        .untilAsserted(() -> assertThat(authority.count(Step.CHALLENGE)).isPositive());

    try (SSLSocket challenged = client("shop.example", "acme-tls/1")) {
      challenged.startHandshake();
      assertThat(challenged.getApplicationProtocol()).isEqualTo("acme-tls/1");
      X509Certificate answer = shown(challenged).get(0);
      assertThat(answer.getCriticalExtensionOIDs()).contains("1.3.6.1.5.5.7.1.31");
      assertThat(answer.getSubjectAlternativeNames().toString()).contains("shop.example");
      assertThat(challenged.getInputStream().read()).as("the connection ends").isEqualTo(-1);
    }
    terminator.awaitCloses(CloseReason.ACME_CHALLENGE, 1);

    try (SSLSocket other = client("shop.example", "acme-tls/1", "h2")) {
      other.startHandshake();
      assertThat(other.getApplicationProtocol()).isEqualTo("h2");
      assertThat(shown(other).get(0).getCriticalExtensionOIDs())
          .doesNotContain("1.3.6.1.5.5.7.1.31");
    }
    // The echo of its own ClientHello is what the backend behind the passthrough route says.
    try (SSLSocket legacy = client("legacy.example", "acme-tls/1")) {
      assertThatThrownBy(legacy::startHandshake).isInstanceOf(SSLException.class);
    }
    await()
        .atMost(RunningTerminator.PATIENCE)
        .untilAsserted(
            () -> assertThat(terminator.accessLog()).contains("\"sni\":\"legacy.example\""));
    assertThat(terminator.closes(CloseReason.ACME_CHALLENGE)).isEqualTo(1);
    JsonNode explained =
        terminator
            .call("GET", "/v1/explain?sni=shop.example&alpn=acme-tls/1", 200)
            .path("listeners")
            .path(0);
    assertThat(explained.path("answer").asText()).isEqualTo("challenge");
    assertThat(explained.path("managed").asText()).isEqualTo("shop.example");
  }

  @Test
  void readinessWaitsForTheFirstCertificateIfItIsToldTo() throws Exception {
    authority.always(Step.DIRECTORY, Answer.text(503, "text/plain", "maintenance"));
    appliance("  ready-with-placeholder: false");
    awaitFailures(1);
    HttpResponse<String> before = readiness();
    assertThat(before.statusCode()).isEqualTo(503);
    assertThat(before.body()).contains("waits for its first certificate from ACME");

    authority.always(Step.DIRECTORY, null);
    renew();

    await()
        .atMost(RunningTerminator.PATIENCE)
        .untilAsserted(() -> assertThat(readiness().statusCode()).isEqualTo(200));
  }

  private HttpResponse<String> readiness() throws Exception {
    return AcmeIT.HTTP.send(
        HttpRequest.newBuilder(URI.create(terminator.terminator().adminUrl() + "/readyz")).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void aRevokedCertificateIsReplaced() throws Exception {
    appliance("");
    X509Certificate first = awaitIssued();

    terminator.call("POST", "/v1/certificates/shop.example:revoke", 200);

    await()
        .atMost(RunningTerminator.PATIENCE)
        .untilAsserted(() -> assertThat(served()).isNotEqualTo(first));
    assertThat(authority.count(Step.REVOKE)).isEqualTo(1);
    terminator.call("POST", "/v1/certificates/other:revoke", 404);
    terminator.call("POST", "/v1/certificates/other:renew", 404);
  }
}
