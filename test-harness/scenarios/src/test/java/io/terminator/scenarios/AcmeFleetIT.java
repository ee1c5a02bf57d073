package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.Pebble;
import io.terminator.testkit.Ports;
import io.terminator.testkit.Processes;
import io.terminator.testkit.RunningProcess;
import io.terminator.testkit.ScriptedCa;
import io.terminator.testkit.ScriptedCa.Answer;
import io.terminator.testkit.ScriptedCa.Step;
import java.math.BigInteger;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two processes share a state directory: one orders, both answer challenges, both serve. */
class AcmeFleetIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path directory;

  private record Replica(RunningProcess process, InetSocketAddress address, String admin)
      implements AutoCloseable {

    JsonNode acme() throws Exception {
      return JSON.readTree(
          AcmeIT.HTTP
              .send(
                  HttpRequest.newBuilder(URI.create(admin + "/v1/acme")).build(),
                  HttpResponse.BodyHandlers.ofString())
              .body());
    }

    void renew() throws Exception {
      JsonNode unused = JSON.readTree(post("").get());
    }

    JsonNode dryRun() throws Exception {
      return JSON.readTree(post("?dry-run=true").get()).path("dryRun");
    }

    /** Asks for an order; the body of the answer. */
    CompletableFuture<String> post(String query) {
      return AcmeIT.HTTP
          .sendAsync(
              HttpRequest.newBuilder(
                      URI.create(admin + "/v1/certificates/shop.example:renew" + query))
                  .POST(HttpRequest.BodyPublishers.noBody())
                  .build(),
              HttpResponse.BodyHandlers.ofString())
          .thenApply(
              response -> {
                assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
                return response.body();
              });
    }

    /** What it tells of the latest dry run. */
    JsonNode latestDryRun() throws Exception {
      return acme().path("certificates").path(0).path("dryRun");
    }

    X509Certificate served() throws Exception {
      return Peek.chain(address, "shop.example").get(0);
    }

    @Override
    public void close() {
      process.close();
    }
  }

  private Replica replica(String name, int port, Pebble pebble, EchoBackend backend)
      throws Exception {
    return replica(
        name,
        port,
        pebble.directoryUrl(),
        "  trust: %2$s\n  staging: { directory: %1$s, trust: %2$s }"
            .formatted(pebble.directoryUrl(), pebble.trust()),
        backend);
  }

  private Replica replica(
      String name, int port, String directoryUrl, String acme, EchoBackend backend)
      throws Exception {
    Path config =
        Files.writeString(
            directory.resolve(name + ".yaml"),
            new AcmeConfig(Path.of("state"), backend, directoryUrl)
                .port(port)
                .topLevel(
                    """
                    state-secret: sesame
                    drain: { accept-grace: 0 }
                    admin: { bind: "127.0.0.1:0" }
                    log: { access: off }""")
                .acme(acme)
                .yaml());
    RunningProcess process =
        Processes.start(ApplianceProcess.command(List.of(), config).toArray(new String[0]));
    try {
      Matcher ready =
          process.awaitLine(
              "Ready: web on 127.0.0.1:(\\d+); admin API on (http://127.0.0.1:\\d+)",
              RunningTerminator.PATIENCE);
      return new Replica(
          process,
          new InetSocketAddress("127.0.0.1", Integer.parseInt(ready.group(1))),
          ready.group(2));
    } catch (AssertionError late) {
      process.close();
      throw late;
    }
  }

  private static void awaitSame(BigInteger other, Replica... replicas) {
    await()
        .atMost(RunningTerminator.PATIENCE)
        .untilAsserted(
            () -> {
              for (Replica replica : replicas) {
                X509Certificate served = replica.served();
                assertThat(served.getIssuerX500Principal().getName())
                    .as(replica.acme().toPrettyString())
                    .contains("Pebble");
                assertThat(served.getSerialNumber()).isNotEqualTo(other);
                assertThat(served).isEqualTo(replicas[0].served());
              }
            });
  }

  @Test
  void oneOrdersBothAnswerAndServeAndTheOtherTakesOverAfterAKill() throws Exception {
    int port = Ports.free();
    try (EchoBackend backend = EchoBackend.start();
        // It validates at the process that does not order.
        Pebble pebble = Pebble.start(port, Ports.free(), Pebble.Manner.KIND);
        Replica leader = replica("first", 0, pebble, backend)) {
      pebble.names().put("shop.example", "127.0.0.1");
      await()
          .atMost(RunningTerminator.PATIENCE)
          .until(() -> leader.acme().path("leader").asBoolean());
      try (Replica follower = replica("second", port, pebble, backend)) {
        await()
            .atMost(RunningTerminator.PATIENCE)
            .until(() -> leader.acme().path("processes").asInt() == 2);
        assertThat(follower.acme().path("leader").asBoolean()).isFalse();

        follower.renew();

        awaitSame(BigInteger.ZERO, leader, follower);
        BigInteger first = leader.served().getSerialNumber();
        assertThat(follower.acme().path("certificates").path(0).path("issued").asBoolean())
            .isTrue();

        // Asked at the one, run by the other, validated at the one, and shown by both.
        JsonNode dryRun = follower.dryRun();
        assertThat(dryRun.path("result").asText()).as(dryRun.toPrettyString()).isEqualTo("ok");
        assertThat(leader.latestDryRun()).isEqualTo(dryRun);
        assertThat(follower.latestDryRun()).isEqualTo(dryRun);
        assertThat(leader.served().getSerialNumber()).isEqualTo(first);

        leader.process().kill();
        await()
            .atMost(RunningTerminator.PATIENCE)
            .until(() -> follower.acme().path("leader").asBoolean());
        assertThat(follower.served().getSerialNumber()).isEqualTo(first);
        follower.renew();
        awaitSame(first, follower);
        assertThat(follower.acme().path("ordersWithinHour").asInt())
            .as("starts are remembered across processes")
            .isGreaterThanOrEqualTo(2);
      }
    }
  }

  @Test
  void anOrderWhoseProcessIsKilledIsContinuedByTheOther() throws Exception {
    try (EchoBackend backend = EchoBackend.start();
        ScriptedCa authority = ScriptedCa.start()) {
      authority.always(
          Step.FINALIZE,
          Answer.problem(503, "serverInternal", "later").after(RunningTerminator.PATIENCE));
      try (Replica leader = replica("first", 0, authority.directoryUrl(), "", backend)) {
        await()
            .atMost(RunningTerminator.PATIENCE)
            .until(() -> leader.acme().path("leader").asBoolean());
        try (Replica follower = replica("second", 0, authority.directoryUrl(), "", backend)) {
          await()
              .atMost(RunningTerminator.PATIENCE)
              .until(() -> authority.count(Step.FINALIZE) > 0);

          leader.process().kill();

          authority.always(Step.FINALIZE, null);
          await()
              .atMost(RunningTerminator.PATIENCE)
              .untilAsserted(
                  () ->
                      assertThat(follower.served().getIssuerX500Principal())
                          .as(follower.acme().toPrettyString())
                          .isEqualTo(
                              authority.ca().intermediate().leaf().getSubjectX500Principal()));
          assertThat(authority.count(Step.NEW_ORDER)).as("one order for both").isEqualTo(1);
          assertThat(authority.count(Step.ACCOUNT)).as("one account for both").isEqualTo(1);
        }
      }
    }
  }

  @Test
  void aDryRunWhoseProcessIsKilledFailsAndCanBeAskedForAgain() throws Exception {
    try (EchoBackend backend = EchoBackend.start();
        ScriptedCa authority = ScriptedCa.start();
        ScriptedCa staging = ScriptedCa.start()) {
      staging.always(
          Step.NEW_ORDER,
          Answer.problem(503, "serverInternal", "later").after(RunningTerminator.PATIENCE));
      String acme = "  staging: { directory: " + staging.directoryUrl() + " }";
      try (Replica leader = replica("first", 0, authority.directoryUrl(), acme, backend)) {
        await()
            .atMost(RunningTerminator.PATIENCE)
            .until(() -> leader.acme().path("leader").asBoolean());
        try (Replica follower = replica("second", 0, authority.directoryUrl(), acme, backend)) {
          CompletableFuture<String> answer = follower.post("?dry-run=true");
          await()
              .atMost(RunningTerminator.PATIENCE)
              .until(() -> staging.count(Step.NEW_ORDER) == 1);
          assertThat(follower.latestDryRun().path("result").asText()).isEqualTo("running");

          leader.process().kill();

          await()
              .atMost(RunningTerminator.PATIENCE)
              .untilAsserted(
                  () ->
                      assertThat(follower.latestDryRun().path("detail").asText())
                          .isEqualTo("the process that ordered has ended"));
          assertThat(JSON.readTree(answer.get()).path("dryRun").path("result").asText())
              .isIn("failed", "running");
          staging.always(Step.NEW_ORDER, null);
          assertThat(follower.dryRun().path("result").asText()).isEqualTo("ok");
        }
      }
    }
  }
}
