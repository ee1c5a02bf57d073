package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.terminator.testkit.Credential;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsClient;
import io.terminator.testkit.TlsConnection;
import io.terminator.testkit.TlsVersion;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A policy or a certificate that some clients get first. */
class CanaryIT {
  private static final String STABLE = "127.0.0.1";
  private static final String CANARY = "127.0.0.2";
  private static final int STEPS = 1000;

  private final TestCa ca = TestCa.create();
  private final Credential old = ca.server("localhost");

  @Test
  void someSourcesGetTheNewCertificateUntilItIsPromoted() throws Exception {
    Credential fresh = ca.server("localhost");
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator =
            start(backend.address(), "certificates: [" + FILES + "]", fresh)) {
      assertThat(serial(terminator, STABLE)).isEqualTo(old.leaf().getSerialNumber());
      assertThat(serial(terminator, CANARY)).isEqualTo(fresh.leaf().getSerialNumber());
      assertThat(serial(terminator, CANARY)).isEqualTo(fresh.leaf().getSerialNumber());
      JsonNode policy = terminator.call("GET", "/v1/policies", 200).at("/policies/0");
      assertThat(policy.at("/canary/canary/handshakes").asLong()).isEqualTo(2);
      assertThat(policy.at("/canary/stable/handshakes").asLong()).isEqualTo(1);
      assertThat(
              terminator.metric(
                  "terminator_tls_canary_handshakes_total{listener=\"web\",policy=\"new\","
                      + "stage=\"canary\",result=\"completed\"}"))
          .isEqualTo(2);
      // What explain answers depends on the source, too.
      assertThat(explained(terminator, CANARY)).isEqualTo("new");
      assertThat(explained(terminator, STABLE)).isEqualTo("old");

      terminator.call("POST", "/v1/policies/new:enforce", 200);
      assertThat(serial(terminator, STABLE)).isEqualTo(fresh.leaf().getSerialNumber());
      assertThat(terminator.terminator().reload("test").problems()).isEmpty();
      assertThat(serial(terminator, STABLE)).isEqualTo(fresh.leaf().getSerialNumber());
      terminator.call("POST", "/v1/policies/new:disable", 200);
      assertThat(serial(terminator, CANARY)).isEqualTo(old.leaf().getSerialNumber());
      terminator.call("POST", "/v1/policies/new:reset", 200);
      assertThat(serial(terminator, CANARY)).isEqualTo(fresh.leaf().getSerialNumber());
      assertThat(serial(terminator, STABLE)).isEqualTo(old.leaf().getSerialNumber());
    }
  }

  @Test
  void aPolicyThatClientsCannotMeetIsUndoneByItself() throws Exception {
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator = start(backend.address(), "tls: modern", null)) {
      TlsClient older = client().only(TlsVersion.TLS_1_2);
      older.fresh().connect(terminator.address(), STABLE).close();
      fail(terminator, older, 4);
      // Fewer than min-handshakes: still in service.
      assertThat(undone(terminator)).isZero();
      fail(terminator, older, 1);
      await()
          .atMost(RunningTerminator.PATIENCE)
          .untilAsserted(() -> assertThat(undone(terminator)).isEqualTo(1));
      older.fresh().connect(terminator.address(), CANARY).close();
      JsonNode policy = terminator.call("GET", "/v1/policies", 200).at("/policies/0");
      assertThat(policy.get("mode").asText()).isEqualTo("off");
      assertThat(policy.get("configured").asText()).isEqualTo("canary");
      assertThat(policy.get("why").asText())
          .startsWith("undone: 5 of 5 (100.0 %) handshakes of the canary failed")
          .contains("0 of 1 (0.0 %) of the other clients");
      assertThat(terminator.terminator().reload("test").problems()).isEmpty();
      assertThat(undone(terminator)).isEqualTo(1);
      terminator.call("POST", "/v1/policies/new:reset", 200);
      assertThat(undone(terminator)).isZero();
      fail(terminator, older, 1);
    }
  }

  @Test
  void clientsThatRefuseTheCertificateUndoItAsWell() throws Exception {
    Credential untrusted = TestCa.create().server("localhost");
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator =
            start(backend.address(), "certificates: [" + FILES + "]", untrusted)) {
      fail(terminator, client(), 5);
      await()
          .atMost(RunningTerminator.PATIENCE)
          .untilAsserted(() -> assertThat(undone(terminator)).isEqualTo(1));
      assertThat(serial(terminator, CANARY)).isEqualTo(old.leaf().getSerialNumber());
    }
  }

  @Test
  void failuresOfAllClientsAreNotThoseOfTheCanary() throws Exception {
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator =
            start(
                backend.address(),
                "tls: { versions: [1.3] }",
                null,
                "    tls: { versions: [1.3] }\n")) {
      TlsClient older = client().only(TlsVersion.TLS_1_2);
      for (int i = 0; i < 6; i++) {
        assertThatThrownBy(() -> older.connect(terminator.address(), STABLE).close())
            .isInstanceOf(IOException.class);
      }
      fail(terminator, older, 6);
      await()
          .atMost(RunningTerminator.PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(terminator.metric("terminator_tls_canary_handshakes_total"))
                      .isEqualTo(12));
      // The watch has looked at these figures when it looks once more.
      client().connect(terminator.address(), CANARY).close();
      await()
          .during(java.time.Duration.ofSeconds(2))
          .atMost(RunningTerminator.PATIENCE)
          .untilAsserted(() -> assertThat(undone(terminator)).isZero());
    }
  }

  @Test
  void noNativeContextIsLeftWhateverTheOrderOfSteps() throws Exception {
    long seed = Long.getLong("seed", System.nanoTime());
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    Credential fresh = ca.server("localhost");
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator =
            start(backend.address(), "certificates: [" + FILES + "]", fresh)) {
      serial(terminator, STABLE);
      serial(terminator, CANARY);
      terminator.awaitNoConnection();
      long base = terminator.terminator().library().liveContexts();
      assertThat(base).isEqualTo(2);
      List<TlsConnection> open = new ArrayList<>();
      String[] changes = {":enforce", ":disable", ":reset"};
      for (int step = 0; step < STEPS; step++) {
        switch (random.nextInt(6)) {
          case 0, 1, 2 ->
              open.add(
                  client().connect(terminator.address(), random.nextBoolean() ? STABLE : CANARY));
          case 3 -> {
            if (!open.isEmpty()) {
              open.remove(random.nextInt(open.size())).close();
            }
          }
          case 4 -> terminator.call("POST", "/v1/policies/new" + changes[random.nextInt(3)], 200);
          default -> {
            if (random.nextInt(5) == 0) {
              terminator.terminator().rotateTickets();
              assertThat(terminator.terminator().reload("test").problems()).isEmpty();
            }
          }
        }
      }
      for (TlsConnection connection : open) {
        connection.close();
      }
      terminator.call("POST", "/v1/policies/new:reset", 200);
      serial(terminator, STABLE);
      serial(terminator, CANARY);
      terminator.awaitNoConnection();
      await()
          .atMost(RunningTerminator.PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(terminator.terminator().library().liveContexts())
                      .as("seed " + seed)
                      .isEqualTo(base));
    }
  }

  private static final String FILES = "{ chain: new.crt, key: new.key }";

  private void fail(RunningTerminator terminator, TlsClient client, int times) {
    for (int i = 0; i < times; i++) {
      assertThatThrownBy(() -> client.fresh().connect(terminator.address(), CANARY).close())
          .isInstanceOf(IOException.class);
    }
  }

  private BigInteger serial(RunningTerminator terminator, String source) throws IOException {
    try (TlsConnection connection = client().fresh().connect(terminator.address(), source)) {
      return connection.peerCertificates().get(0).getSerialNumber();
    }
  }

  private static String explained(RunningTerminator terminator, String source) throws Exception {
    return terminator
        .call("GET", "/v1/explain?sni=localhost&source=" + source, 200)
        .at("/listeners/0/certificate")
        .asText();
  }

  private static double undone(RunningTerminator terminator) throws Exception {
    return terminator.metric("terminator_tls_canary_undone{listener=\"web\",policy=\"new\"}");
  }

  private TlsClient client() {
    return TlsClient.trusting(ca).serverName("localhost");
  }

  private RunningTerminator start(InetSocketAddress backend, String differs, Credential fresh) {
    return start(backend, differs, fresh, "");
  }

  private RunningTerminator start(
      InetSocketAddress backend, String differs, Credential fresh, String keys) {
    return RunningTerminator.start(
        ca,
        Map.of("old", old),
        "workers: 1\nlisteners:\n  - name: web\n    bind: \"127.0.0.1:0\"\n"
            + "    certificates: certs/\n    backend: app\n"
            + keys
            + "    policies:\n      - { name: new, sni: localhost, "
            + differs
            + ", mode: canary, canary: { sources: ["
            + CANARY
            + "], max-failures: 20, min-handshakes: 5 } }\n"
            + "backends:\n  app: { servers: [\"127.0.0.1:"
            + backend.getPort()
            + "\"] }\n",
        fresh == null ? Map.of() : Map.of("new.crt", fresh.chainPem(), "new.key", fresh.keyPem()));
  }
}
