package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.terminator.testkit.DnsServer;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.PersistedValidation;
import io.terminator.testkit.Processes;
import io.terminator.testkit.RunningProcess;
import io.terminator.testkit.ScriptedCa;
import io.terminator.testkit.ScriptedCa.Step;
import io.terminator.testkit.TestCa;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** dns-persist-01: TXT records that are set once, as a command prints them. */
class AcmePersistIT {
  private static final String PLACE = "_validation-persist.shop.example";
  private static final Pattern LINE = Pattern.compile("(\\S+)\\. IN TXT \"([^\"]*)\"");

  @TempDir Path state;

  private EchoBackend backend;
  private ScriptedCa authority;
  private DnsServer zone;
  private RunningTerminator terminator;

  @BeforeEach
  void start() {
    backend = EchoBackend.start();
    authority = ScriptedCa.start();
    zone = DnsServer.start(0);
  }

  @AfterEach
  void stop() {
    if (terminator != null) {
      terminator.close();
    }
    zone.close();
    authority.close();
    backend.close();
  }

  private String config() {
    return new AcmeConfig(state.resolve("state"), backend, authority.directoryUrl())
        .certificates("{ acme: { names: [\"*.shop.example\", shop.example] } }")
        .topLevel("dns: { servers: [\"" + zone.hostAndPort() + "\"] }")
        .acme("  challenges: [dns-persist-01]")
        .yaml();
  }

  private PersistedValidation persisted(boolean isHashed) {
    PersistedValidation persisted = new PersistedValidation(zone::texts, isHashed);
    authority.persisted(persisted);
    return persisted;
  }

  private List<String> printed(String... more) throws Exception {
    Path file = Files.writeString(state.resolve("terminator.yaml"), config());
    List<String> command = new ArrayList<>(ApplianceProcess.command(List.of(), file));
    int run = command.indexOf("run");
    command.set(run, "acme");
    command.add(run + 1, "dns-persist");
    command.addAll(List.of(more));
    try (RunningProcess process = Processes.start(command.toArray(new String[0]))) {
      assertThat(process.awaitExit(RunningTerminator.PATIENCE)).as(process.output()).isZero();
      return process.lines();
    }
  }

  private JsonNode certificate() throws Exception {
    return AcmeIT.certificate(terminator);
  }

  private void renew() throws Exception {
    terminator.call("POST", "/v1/certificates/wildcard.shop.example:renew", 200);
  }

  private void awaitFailure(int count, String detail) throws Exception {
    await()
        .atMost(RunningTerminator.PATIENCE)
        .untilAsserted(
            () -> {
              assertThat(certificate().path("failures").asInt()).isEqualTo(count);
              assertThat(certificate().path("lastFailure").path("detail").asText())
                  .contains(detail);
            });
    assertThat(certificate().path("lastFailure").path("type").asText()).isEqualTo("record");
  }

  private X509Certificate awaitOtherThan(X509Certificate before) throws Exception {
    await()
        .atMost(RunningTerminator.PATIENCE)
        .untilAsserted(
            () -> {
              X509Certificate now = served();
              assertThat(now.getIssuerX500Principal())
                  .as(AcmeIT.acme(terminator).toPrettyString())
                  .isEqualTo(authority.ca().intermediate().leaf().getSubjectX500Principal());
              assertThat(now).isNotEqualTo(before);
            });
    return served();
  }

  private X509Certificate served() throws Exception {
    return Peek.chain(terminator.address(), "any.shop.example").get(0);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theAuthorityIsAskedOnceTheRecordIsRight(boolean isHashed) throws Exception {
    PersistedValidation persisted = persisted(isHashed);
    terminator = RunningTerminator.start(TestCa.create(), Map.of(), config());
    awaitFailure(1, PLACE + " has no TXT record");
    String right = persisted.record(authority.account(), "shop.example", true);
    assertThat(certificate().path("lastFailure").path("fix").asText())
        .isEqualTo("set the TXT record " + PLACE + " to \"" + right + "\"");
    JsonNode told = AcmeIT.acme(terminator).path("dnsPersist");
    assertThat(told).hasSize(1);
    assertThat(told.path(0).path("name").asText()).isEqualTo(PLACE);
    assertThat(told.path(0).path("value").asText()).isEqualTo(right);
    assertThat(told.path(0).path("directory").asText()).isEqualTo(authority.directoryUrl());

    zone.text(PLACE, List.of("v=other", right.replace("; policy=wildcard", "")));
    renew();
    awaitFailure(2, "the TXT record of " + PLACE + " lacks policy=wildcard");
    zone.text(PLACE, List.of(persisted.record("https://ca.example/2", "shop.example", true)));
    renew();
    awaitFailure(3, "names another account");
    assertThat(authority.count(Step.CHALLENGE)).as("not asked with a wrong record").isZero();
    assertThat(authority.count(Step.NEW_ORDER)).as("the order is kept").isEqualTo(1);

    zone.text(PLACE, List.of("v=other", right));
    renew();
    X509Certificate first = awaitOtherThan(null);
    renew();
    awaitOtherThan(first);
    assertThat(authority.count(Step.NEW_ORDER)).isEqualTo(2);
  }

  @Test
  void aCommandPrintsTheRecordsBeforeTheFirstStart() throws Exception {
    PersistedValidation persisted = persisted(true);
    List<String> lines = printed("--until", "2099-12-31");

    assertThat(lines)
        .containsExactly(
            PLACE
                + ". IN TXT \""
                + persisted.record(authority.account(), "shop.example", true)
                + "; persistUntil=4102444800\"");
    Matcher line = LINE.matcher(lines.get(0));
    assertThat(line.matches()).isTrue();
    zone.text(line.group(1), List.of(line.group(2)));

    terminator = RunningTerminator.start(TestCa.create(), Map.of(), config());
    awaitOtherThan(null);
    assertThat(authority.count(Step.ACCOUNT)).as("the account of the command").isEqualTo(1);
    assertThat(terminator.metrics()).doesNotContainPattern("acme_failures_total\\{[^}]*\\} [1-9]");
    assertThat(printed()).as("while an instance runs").hasSize(1);
    assertThat(authority.count(Step.ACCOUNT)).isEqualTo(1);
  }
}
