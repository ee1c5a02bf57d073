package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.ScriptedCa;
import io.terminator.testkit.ScriptedCa.Answer;
import io.terminator.testkit.ScriptedCa.Step;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every type of problem that an authority can report, once instead of an order and once instead of
 * a certificate: what is told, how long the pause is, and whether the order continues.
 */
class AcmeProblemIT {

  /** The order is begun anew after the pause. */
  private static final boolean LOST = false;

  /** The same order continues after the pause. */
  private static final boolean KEPT = true;

  private record Row(String type, boolean isKept, String fix) {}

  private static final List<Row> TABLE =
      List.of(
          // RFC 8555, section 6.7.
          new Row("accountDoesNotExist", LOST, "a new account is registered"),
          new Row("alreadyRevoked", KEPT, "revoked before"),
          new Row("badCSR", LOST, "acme.key-type"),
          new Row("badNonce", KEPT, "caches its answers"),
          new Row("badPublicKey", LOST, "another acme.key-type"),
          new Row("badRevocationReason", KEPT, "without a reason"),
          new Row("badSignatureAlgorithm", KEPT, "ES256"),
          new Row("caa", KEPT, "CAA records"),
          new Row("compound", KEPT, "the parts"),
          new Row("connection", KEPT, "443 for tls-alpn-01"),
          new Row("dns", KEPT, "correct the name's records"),
          new Row("externalAccountRequired", KEPT, "acme.external-account"),
          new Row("incorrectResponse", KEPT, "reach this process"),
          new Row("invalidContact", KEPT, "acme.contact"),
          new Row("malformed", LOST, "report it"),
          new Row("orderNotReady", KEPT, "asked again"),
          new Row("rateLimited", KEPT, "wait"),
          new Row("rejectedIdentifier", LOST, "remove the name"),
          new Row("serverInternal", KEPT, "the authority has a fault"),
          new Row("tls", KEPT, "reach this listener unchanged"),
          new Row("unauthorized", LOST, "check the account"),
          new Row("unsupportedContact", KEPT, "use mailto:"),
          new Row("unsupportedIdentifier", LOST, "choose an authority"),
          new Row("userActionRequired", KEPT, "new terms"),
          // RFC 8739.
          new Row("autoRenewalCanceled", LOST, "begun anew"),
          new Row("autoRenewalExpired", LOST, "begun anew"),
          new Row("autoRenewalCancellationInvalid", LOST, "begun anew"),
          new Row("autoRenewalRevocationNotSupported", KEPT, "not revoked"),
          // RFC 9115, RFC 9773, RFC 9799, draft-ietf-acme-profiles.
          new Row("unknownDelegation", LOST, "report it"),
          new Row("alreadyReplaced", LOST, "does not name a predecessor"),
          new Row("onionCAARequired", LOST, "remove the name"),
          new Row("invalidProfile", LOST, "acme.profile"));

  private static final String ORDER = ".order.example";
  private static final String FINALIZE = ".finalize.example";
  private static final String WORDS = "the words of the authority";
  private static final String PARTS =
      "{\"type\":\"urn:ietf:params:acme:error:caa\",\"detail\":\"CAA forbids\","
          + "\"identifier\":{\"type\":\"dns\",\"value\":\"a.parts.finalize.example\"}},"
          + "{\"type\":\"urn:ietf:params:acme:error:rejectedIdentifier\",\"detail\":\"blocked\","
          + "\"identifier\":{\"type\":\"dns\",\"value\":\"b.parts.finalize.example\"}}";

  @TempDir Path state;

  private static Answer answer(Step step, List<String> names) {
    boolean isAsked =
        !names.isEmpty()
            && (step == Step.NEW_ORDER && names.get(0).endsWith(ORDER)
                || step == Step.FINALIZE && names.get(0).endsWith(FINALIZE));
    if (!isAsked) {
      return null;
    }
    String label = names.get(0).substring(0, names.get(0).indexOf('.'));
    if (label.equals("parts")) {
      return Answer.problem(403, "compound", WORDS, PARTS);
    }
    if (label.equals("late")) {
      return Answer.problem(503, "serverInternal", WORDS).with("Retry-After", "7200");
    }
    String type =
        TABLE.stream()
            .map(Row::type)
            .filter(each -> each.toLowerCase(Locale.ROOT).equals(label))
            .findFirst()
            .orElse("somethingNew");
    return Answer.problem(type.equals("rateLimited") ? 429 : 403, type, WORDS);
  }

  private static List<String> names() {
    List<String> names = new ArrayList<>();
    for (Row row : TABLE) {
      names.add(row.type().toLowerCase(Locale.ROOT) + ORDER);
      names.add(row.type().toLowerCase(Locale.ROOT) + FINALIZE);
    }
    names.addAll(List.of("unheard" + FINALIZE, "parts" + FINALIZE, "late" + FINALIZE));
    return names;
  }

  private static void isPaused(
      SoftAssertions softly, String name, JsonNode certificate, Duration least, Duration most) {
    Instant failed = Instant.parse(certificate.path("lastFailure").path("at").asText());
    softly
        .assertThat(Duration.between(failed, Instant.parse(certificate.path("renewAt").asText())))
        .as(name + ": the pause")
        .isBetween(least, most);
  }

  @Test
  void everyTypeHasItsRemedyItsPauseAndItsNextOrder() throws Exception {
    StringBuilder certificates = new StringBuilder();
    for (String name : names()) {
      certificates.append("{ names: [").append(name).append("] }, ");
    }
    try (EchoBackend backend = EchoBackend.start();
        ScriptedCa authority = ScriptedCa.start()) {
      authority.byNames(AcmeProblemIT::answer);
      try (RunningTerminator terminator =
          new AcmeConfig(state, backend, authority.directoryUrl())
              .certificates("{ acme: [ " + certificates + " ] }")
              .acme("  orders-per-hour: 200")
              .start()) {
        Map<String, JsonNode> all = new TreeMap<>();
        await()
            .atMost(RunningTerminator.PATIENCE.multipliedBy(2))
            .untilAsserted(
                () -> {
                  AcmeIT.acme(terminator)
                      .path("certificates")
                      .forEach(each -> all.put(each.path("certificate").asText(), each));
                  assertThat(all.values())
                      .allMatch(each -> each.path("failures").asInt() > 0)
                      .noneMatch(each -> each.path("ordering").asBoolean());
                });
        SoftAssertions softly = new SoftAssertions();
        for (Row row : TABLE) {
          for (String stage : List.of(ORDER, FINALIZE)) {
            String name = row.type().toLowerCase(Locale.ROOT) + stage;
            JsonNode certificate = all.get(name);
            JsonNode failure = certificate.path("lastFailure");
            softly.assertThat(failure.path("type").asText()).as(name).isEqualTo(row.type());
            softly.assertThat(failure.path("detail").asText()).as(name).contains(WORDS);
            softly.assertThat(failure.path("fix").asText()).as(name).contains(row.fix());
            softly.assertThat(certificate.path("failures").asInt()).as(name).isEqualTo(1);
            isPaused(softly, name, certificate, Duration.ofSeconds(60), Duration.ofSeconds(66));
            softly
                .assertThat(certificate.path("order").isTextual())
                .as(name + ": the order is kept")
                .isEqualTo(stage.equals(FINALIZE) && row.isKept());
          }
        }
        JsonNode unheard = all.get("unheard" + FINALIZE);
        softly.assertThat(unheard.path("lastFailure").path("type").asText()).isEqualTo("other");
        softly.assertThat(unheard.path("order").isTextual()).as("an unknown type").isTrue();
        JsonNode parts = all.get("parts" + FINALIZE);
        softly.assertThat(parts.path("lastFailure").path("type").asText()).isEqualTo("compound");
        softly
            .assertThat(parts.path("lastFailure").path("detail").asText())
            .isEqualTo(
                WORDS
                    + "; a.parts.finalize.example: caa: CAA forbids"
                    + "; b.parts.finalize.example: rejectedIdentifier: blocked");
        softly
            .assertThat(parts.path("lastFailure").path("fix").asText())
            .contains("a.parts.finalize.example: allow the authority in the CAA records")
            .contains("b.parts.finalize.example: remove the name");
        softly.assertThat(parts.path("order").isTextual()).as("a part ends it").isFalse();
        JsonNode late = all.get("late" + FINALIZE);
        isPaused(softly, "late", late, Duration.ofMinutes(119), Duration.ofMinutes(121));
        softly.assertThat(late.path("order").isTextual()).as("with Retry-After").isTrue();
        String metrics = terminator.metrics();
        for (Row row : TABLE) {
          softly
              .assertThat(metrics)
              .containsPattern(
                  "terminator_acme_failures_total\\{type=\"" + row.type() + "\",\\} [2-9]");
        }
        softly.assertAll();
      }
    }
  }
}
