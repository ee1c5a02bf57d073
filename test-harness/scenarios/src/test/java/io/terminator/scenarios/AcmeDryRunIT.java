package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.ScriptedCa;
import io.terminator.testkit.ScriptedCa.Answer;
import io.terminator.testkit.ScriptedCa.Step;
import io.terminator.testkit.ScriptedCa.Trick;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Orders at a staging directory, of which nothing is kept. */
class AcmeDryRunIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path state;

  private EchoBackend backend;
  private ScriptedCa authority;
  private ScriptedCa staging;
  private RunningTerminator terminator;

  @BeforeEach
  void start() {
    backend = EchoBackend.start();
    authority = ScriptedCa.start();
    staging = ScriptedCa.start();
  }

  @AfterEach
  void stop() {
    if (terminator != null) {
      terminator.close();
    }
    staging.close();
    authority.close();
    backend.close();
  }

  private void appliance(String more) {
    terminator =
        new AcmeConfig(state, backend, authority.directoryUrl())
            .acme("  reuse-key: true")
            .acme(more)
            .start();
  }

  private String staged() {
    return "  staging: { directory: " + staging.directoryUrl() + " }";
  }

  private X509Certificate awaitIssued() throws Exception {
    AcmeIT.awaitServed(terminator, "shop.example", authority);
    // The authority is asked for its renewal window next, which counts as an order in progress.
    await()
        .atMost(RunningTerminator.PATIENCE)
        .untilAsserted(() -> assertThat(stored().toString()).contains("renewal-info"));
    await()
        .atMost(RunningTerminator.PATIENCE)
        .untilAsserted(() -> assertThat(certificate().path("ordering").asBoolean()).isFalse());
    return served();
  }

  private X509Certificate served() throws Exception {
    return Peek.chain(terminator.address(), "shop.example").get(0);
  }

  private JsonNode certificate() throws Exception {
    return AcmeIT.certificate(terminator);
  }

  private CompletableFuture<HttpResponse<String>> ask(String name) {
    return AcmeIT.HTTP.sendAsync(
        HttpRequest.newBuilder(
                URI.create(
                    terminator.terminator().adminUrl()
                        + "/v1/certificates/"
                        + name
                        + ":renew?dry-run=true"))
            .POST(HttpRequest.BodyPublishers.noBody())
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private JsonNode dryRun() throws Exception {
    HttpResponse<String> response = ask("shop.example").get();
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return JSON.readTree(response.body()).path("dryRun");
  }

  /** The files of the state, with their content. */
  private Map<String, String> stored() throws Exception {
    Map<String, String> stored = new TreeMap<>();
    Files.walkFileTree(
        state.resolve("acme"),
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            String name = state.relativize(file).toString();
            // Heartbeats are written all the time, an unfinished file is about to get its name, and
            // the
            // result of a dry run is there for other processes.
            if (!name.contains("process-")
                && !name.contains(".unfinished-")
                && !name.contains("dry-run-")) {
              stored.put(name, Files.readString(file, StandardCharsets.ISO_8859_1));
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException failure)
              throws IOException {
            if (failure instanceof NoSuchFileException) { // Listed, then renamed.
              return FileVisitResult.CONTINUE;
            }
            throw failure;
          }
        });
    return stored;
  }

  @Test
  void aSuccessfulOneLeavesNothingBehind() throws Exception {
    appliance(staged());
    X509Certificate before = awaitIssued();
    Map<String, String> stored = stored();

    JsonNode result = dryRun();

    assertThat(result.path("result").asText()).as(result.toPrettyString()).isEqualTo("ok");
    assertThat(result.path("directory").asText()).isEqualTo(staging.directoryUrl());
    assertThat(staging.count(Step.CERTIFICATE)).isEqualTo(1);
    assertThat(authority.count(Step.NEW_ORDER)).isEqualTo(1);
    assertThat(authority.count(Step.ACCOUNT)).isEqualTo(1);
    assertThat(staging.newOrders().get(0)).doesNotContain("replaces");
    assertThat(stored()).isEqualTo(stored);
    assertThat(served()).isEqualTo(before);
    JsonNode view = AcmeIT.acme(terminator);
    assertThat(view.path("ordersWithinHour").asInt()).isEqualTo(1);
    assertThat(view.path("accounts")).hasSize(1);
    assertThat(certificate().path("dryRun").path("result").asText()).isEqualTo("ok");
    assertThat(terminator.metrics())
        .containsPattern("terminator_acme_orders_total\\{result=\"issued\",\\} 1");

    assertThat(dryRun().path("result").asText()).isEqualTo("ok");
    assertThat(staging.count(Step.ACCOUNT)).as("one throwaway account").isEqualTo(1);
  }

  @Test
  void aFailedOneSaysWhyAndPausesNothing() throws Exception {
    appliance(staged());
    X509Certificate before = awaitIssued();
    String renewAt = certificate().path("renewAt").asText();
    Map<String, String> stored = stored();

    staging.once(Step.NEW_ORDER, Answer.problem(403, "caa", "CAA forbids it"));
    JsonNode refused = dryRun();
    assertThat(refused.path("result").asText()).isEqualTo("failed");
    assertThat(refused.path("type").asText()).isEqualTo("caa");
    assertThat(refused.path("detail").asText()).isEqualTo("CAA forbids it");
    assertThat(refused.path("fix").asText()).contains("CAA records");
    staging.trick(Trick.NO_INTERMEDIATE);
    JsonNode incomplete = dryRun();
    assertThat(incomplete.path("type").asText()).isEqualTo("certificate");
    assertThat(incomplete.path("detail").asText()).contains("lacks the intermediate certificate");
    staging.trick(Trick.OTHER_KEY);
    assertThat(dryRun().path("type").asText()).isEqualTo("certificate");

    assertThat(certificate().path("failures").asInt()).isZero();
    assertThat(certificate().path("lastFailure").isMissingNode()).isTrue();
    assertThat(certificate().path("renewAt").asText()).isEqualTo(renewAt);
    assertThat(stored()).isEqualTo(stored);
    assertThat(served()).isEqualTo(before);
    assertThat(terminator.metrics()).doesNotContainPattern("acme_failures_total\\{[^}]*\\} [1-9]");
  }

  @Test
  void beforeTheFirstCertificateNoIntermediateIsExpected() throws Exception {
    authority.always(Step.DIRECTORY, Answer.text(503, "text/plain", "maintenance"));
    appliance(staged());
    staging.trick(Trick.NO_INTERMEDIATE);
    assertThat(dryRun().path("result").asText()).isEqualTo("ok");
  }

  @Test
  void aSecondRequestWaitsForTheSameOneAndARealOrderForItsEnd() throws Exception {
    appliance(staged());
    X509Certificate before = awaitIssued();
    Answer slow = Answer.problem(503, "serverInternal", "later").after(Duration.ofSeconds(10));
    staging.once(Step.NEW_ORDER, slow);

    CompletableFuture<HttpResponse<String>> first = ask("shop.example");
    await().atMost(RunningTerminator.PATIENCE).until(() -> staging.count(Step.NEW_ORDER) == 1);
    assertThat(certificate().path("dryRun").path("result").asText()).isEqualTo("running");
    CompletableFuture<HttpResponse<String>> second = ask("shop.example");
    // A real order for the name waits for the dry run, and is not lost.
    terminator.call("POST", "/v1/certificates/shop.example:renew", 200);

    assertThat(JSON.readTree(first.get().body()).path("dryRun").path("type").asText())
        .isEqualTo("serverInternal");
    assertThat(second.get().body()).as("the same one").isEqualTo(first.get().body());
    assertThat(staging.count(Step.NEW_ORDER)).isEqualTo(1);
    await()
        .atMost(RunningTerminator.PATIENCE)
        .untilAsserted(() -> assertThat(served()).isNotEqualTo(before));
    assertThat(ask("other").get().statusCode()).isEqualTo(404);
  }

  @Test
  void withoutAKnownStagingDirectoryTheAnswerNamesTheKey() throws Exception {
    appliance("");
    awaitIssued();
    HttpResponse<String> refused = ask("shop.example").get();
    assertThat(refused.statusCode()).isEqualTo(409);
    assertThat(refused.body()).contains("expected acme.staging");
    assertThat(authority.count(Step.NEW_ORDER)).isEqualTo(1);
  }
}
