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
import java.math.BigInteger;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.List;
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
      HttpResponse<String> response =
          AcmeIT.HTTP.send(
              HttpRequest.newBuilder(URI.create(admin + "/v1/certificates/shop.example:renew"))
                  .POST(HttpRequest.BodyPublishers.noBody())
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
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
    Path config =
        Files.writeString(
            directory.resolve(name + ".yaml"),
            new AcmeConfig(Path.of("state"), backend, pebble.directoryUrl())
                .port(port)
                .topLevel(
                    """
                    state-secret: sesame
                    drain: { accept-grace: 0 }
                    admin: { bind: "127.0.0.1:0" }
                    log: { access: off }""")
                .acme("  trust: " + pebble.trust())
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
}
