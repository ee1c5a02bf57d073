package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.OcspResponder;
import io.terminator.testkit.OcspStatus;
import io.terminator.testkit.ScriptedCa;
import io.terminator.testkit.ScriptedCa.Answer;
import io.terminator.testkit.ScriptedCa.Step;
import io.terminator.testkit.ScriptedCa.Trick;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When orders begin, how many, and with which key. */
class AcmeRenewalIT {
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

  private void appliance(String acme) {
    terminator = new AcmeConfig(state, backend, authority.directoryUrl()).acme(acme).start();
  }

  private JsonNode certificate() throws Exception {
    return AcmeIT.certificate(terminator);
  }

  private X509Certificate awaitIssued() throws Exception {
    return AcmeIT.awaitServed(terminator, "shop.example", authority);
  }

  private X509Certificate awaitOther(X509Certificate before) throws Exception {
    await()
        .atMost(RunningTerminator.PATIENCE)
        .untilAsserted(
            () ->
                assertThat(served())
                    .as(AcmeIT.acme(terminator).toPrettyString())
                    .isNotEqualTo(before));
    return served();
  }

  private X509Certificate served() throws Exception {
    return Peek.chain(terminator.address(), "shop.example").get(0);
  }

  private void renew() throws Exception {
    terminator.call("POST", "/v1/certificates/shop.example:renew", 200);
  }

  private void awaitFailure(String type) {
    await()
        .atMost(RunningTerminator.PATIENCE)
        .untilAsserted(
            () ->
                assertThat(certificate().path("lastFailure").path("type").asText())
                    .as(AcmeIT.acme(terminator).toPrettyString())
                    .isEqualTo(type));
  }

  @Test
  void aCertificateThatItsIssuerHasRevokedIsReplaced() throws Exception {
    try (OcspResponder responder = OcspResponder.start(authority.ca())) {
      authority.ocspAt(responder.url());
      responder.mode(OcspResponder.Mode.FAILING);
      appliance("");
      X509Certificate first = awaitIssued();

      responder.say(first, OcspStatus.REVOKED);
      responder.mode(OcspResponder.Mode.ANSWERING);
      // A start asks the responder at once.
      terminator.close();
      appliance("");

      awaitOther(first);
    }
  }

  @Test
  void aRenewalHasANewKeyUnlessItIsToldToKeepIt() throws Exception {
    appliance("");
    X509Certificate first = awaitIssued();
    renew();
    X509Certificate second = awaitOther(first);
    assertThat(second.getPublicKey()).isNotEqualTo(first.getPublicKey());

    terminator.rewrite(
        new AcmeConfig(state, backend, authority.directoryUrl()).acme("  reuse-key: true").yaml());
    terminator.call("POST", "/v1/config:reload", 200);
    renew();
    X509Certificate third = awaitOther(second);
    assertThat(third.getPublicKey()).isEqualTo(second.getPublicKey());
  }

  @Test
  void fourOrdersAtATimeAndNoMoreWithinAnHourThanConfigured() throws Exception {
    String certificates =
        IntStream.range(0, 12)
            .mapToObj(i -> "{ names: [host" + i + ".example] }")
            .collect(Collectors.joining(", "));
    Set<String> seen = ConcurrentHashMap.newKeySet();
    Set<String> held = ConcurrentHashMap.newKeySet();
    AtomicBoolean isHolding = new AtomicBoolean(true);
    authority.byNames(
        (step, names) -> {
          if (step != Step.AUTHORIZATION || seen.add(names.get(0)) || !isHolding.get()) {
            return null;
          }
          held.add(names.get(0));
          return Answer.text(
              200,
              "application/json",
              "{\"status\":\"pending\",\"identifier\":{\"type\":\"dns\",\"value\":\""
                  + names.get(0)
                  + "\"},\"challenges\":[]}");
        });
    try (ScriptedCa staging = ScriptedCa.start()) {
      terminator =
          new AcmeConfig(state, backend, authority.directoryUrl())
              .certificates("{ acme: [ " + certificates + " ] }")
              .acme("  orders-per-hour: 6")
              .acme("  staging: { directory: " + staging.directoryUrl() + " }")
              .start();
      await().atMost(RunningTerminator.PATIENCE).until(() -> held.size() == 4);
      assertThat(inProgress()).isEqualTo(4);
      assertThat(authority.count(Step.NEW_ORDER)).isEqualTo(4);

      isHolding.set(false);
      await()
          .atMost(RunningTerminator.PATIENCE)
          .untilAsserted(
              () -> {
                assertThat(AcmeIT.acme(terminator).path("ordersWithinHour").asInt()).isEqualTo(6);
                assertThat(inProgress()).isZero();
              });
      // What begins dry runs looks for due orders next: when the second one is over, it has.
      for (int i = 1; i <= 2; i++) {
        JsonNode unused =
            terminator.call("POST", "/v1/certificates/host0.example:renew?dry-run=true", 200);
        assertThat(staging.count(Step.CERTIFICATE)).isEqualTo(i);
      }
      assertThat(authority.count(Step.NEW_ORDER)).isEqualTo(6);
      assertThat(AcmeIT.acme(terminator).path("ordersWithinHour").asInt()).isEqualTo(6);
    }
  }

  private long inProgress() throws Exception {
    return StreamSupport.stream(AcmeIT.acme(terminator).path("certificates").spliterator(), false)
        .filter(each -> each.path("ordering").asBoolean())
        .count();
  }

  @Test
  void anOrderThatIsNeverFinishedEndsInTimeAndContinues() throws Exception {
    authority.trick(Trick.ENDLESS_PROCESSING);
    appliance("");
    awaitFailure("timeout");
    assertThat(certificate().path("order").asText()).isNotEmpty();
    assertThat(Instant.parse(certificate().path("renewAt").asText()))
        .isAfter(Instant.now().plusSeconds(30));

    authority.trick(Trick.NONE);
    renew();
    awaitIssued();
    assertThat(authority.count(Step.NEW_ORDER)).as("the same order").isEqualTo(1);
  }

  @Test
  void aDirectoryMayRedirectButNotForEver() throws Exception {
    Answer elsewhere =
        Answer.text(302, "text/plain", "elsewhere").with("Location", authority.directoryUrl());
    authority.always(Step.DIRECTORY, elsewhere);
    appliance("");
    awaitFailure("protocol");
    assertThat(authority.count(Step.DIRECTORY)).as("it is left soon").isLessThan(20);
    assertThat(served().getIssuerX500Principal().getName()).contains("not issued yet");

    authority.always(Step.DIRECTORY, null);
    authority.once(Step.DIRECTORY, elsewhere);
    renew();
    awaitIssued();
  }

  @Test
  void aProfileThatTheAuthorityDoesNotHaveIsTheReason() throws Exception {
    appliance("  profile: tlsserver");
    awaitFailure("unsupported");
    assertThat(certificate().path("lastFailure").path("fix").asText()).contains("acme.profile");
    assertThat(authority.count(Step.NEW_ORDER)).isZero();
  }
}
