package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.terminator.core.phase.CloseReason;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.Pebble;
import io.terminator.testkit.Ports;
import io.terminator.testkit.ScriptedCa;
import java.io.ByteArrayInputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Certificates from a real ACME server, through the listener's own port and through plain HTTP. */
class AcmeIT {
  static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path state;

  private static RunningTerminator start(
      Pebble pebble, EchoBackend backend, int port, Path state, String acme, String more) {
    return new AcmeConfig(state, backend, pebble.directoryUrl())
        .port(port)
        .certificates("{ acme: { names: [www.shop.example, shop.example] } }")
        .topLevel("state-secret: sesame\n" + more)
        .acme("  trust: " + pebble.trust() + "\n" + acme)
        .start();
  }

  private static Pebble pebble(int tlsPort, int httpPort, Pebble.Manner manner) {
    Pebble pebble = Pebble.start(tlsPort, httpPort, manner);
    pebble.names().put("www.shop.example", "127.0.0.1");
    pebble.names().put("shop.example", "127.0.0.1");
    return pebble;
  }

  static JsonNode acme(RunningTerminator terminator) throws Exception {
    return terminator.call("GET", "/v1/acme", 200);
  }

  /** What is told of its first certificate. */
  static JsonNode certificate(RunningTerminator terminator) throws Exception {
    return acme(terminator).path("certificates").path(0);
  }

  /** Awaits a certificate for {@code name} in service that {@code authority} has issued. */
  static X509Certificate awaitServed(
      RunningTerminator terminator, String name, ScriptedCa authority) throws Exception {
    await()
        .atMost(RunningTerminator.PATIENCE)
        .untilAsserted(
            () ->
                assertThat(served(terminator, name).getIssuerX500Principal())
                    .as(acme(terminator).toPrettyString())
                    .isEqualTo(authority.ca().intermediate().leaf().getSubjectX500Principal()));
    return served(terminator, name);
  }

  private static void awaitIssued(RunningTerminator terminator, int certificates) {
    await()
        .atMost(RunningTerminator.PATIENCE)
        .untilAsserted(
            () ->
                assertThat(acme(terminator).path("certificates"))
                    .as(acme(terminator).toPrettyString())
                    .hasSize(certificates)
                    .allMatch(each -> each.path("issued").asBoolean()));
  }

  private static X509Certificate served(RunningTerminator terminator, String name)
      throws Exception {
    return Peek.chain(terminator.address(), name).get(0);
  }

  @Test
  void aNameIsValidatedInTheHandshakeOnTheListenersOwnPort() throws Exception {
    int port = Ports.free();
    X509Certificate first;
    try (EchoBackend backend = EchoBackend.start();
        Pebble pebble = pebble(port, Ports.free(), Pebble.Manner.KIND)) {
      try (RunningTerminator terminator = start(pebble, backend, port, state, "", "")) {
        awaitIssued(terminator, 1);

        List<X509Certificate> chain = Peek.chain(terminator.address(), "shop.example");
        first = chain.get(0);
        X509Certificate root = certificate(pebble.rootPem());
        chain.get(1).verify(root.getPublicKey());
        first.verify(chain.get(1).getPublicKey());
        assertThat(first.getSubjectAlternativeNames().toString())
            .contains("www.shop.example", "shop.example");
        assertThat(terminator.closes(CloseReason.ACME_CHALLENGE)).isGreaterThanOrEqualTo(2);
        assertThat(terminator.metrics())
            .doesNotContainPattern("handshake_failures_total\\{[^}]*\\} [1-9]");
        await()
            .atMost(RunningTerminator.PATIENCE)
            .untilAsserted(
                () ->
                    assertThat(terminator.accessLog())
                        .contains("\"reason\":\"acme_challenge\"")
                        .doesNotContain("handshake-failed"));
        JsonNode view = acme(terminator);
        assertThat(view.path("leader").asBoolean()).isTrue();
        assertThat(view.path("accounts").path(0).path("url").asText()).startsWith("https://");
        assertThat(view.path("ordersWithinHour").asInt()).isEqualTo(1);
        assertThat(view.path("certificates").path(0).path("reason").asText())
            .isEqualTo("two thirds of its lifetime");
      }
      try (RunningTerminator again = start(pebble, backend, port, state, "", "")) {
        assertThat(served(again, "www.shop.example")).as("kept in the state").isEqualTo(first);
        assertThat(acme(again).path("ordersWithinHour").asInt()).isEqualTo(1);
      }
    }
    try (Stream<Path> files = Files.walk(state)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
            .as(file.toString())
            .doesNotContain("BEGIN PRIVATE KEY")
            .doesNotContain("plain:");
      }
    }
  }

  private static X509Certificate certificate(String pem) throws Exception {
    return (X509Certificate)
        CertificateFactory.getInstance("X.509")
            .generateCertificate(new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII)));
  }

  @Test
  void aNameIsValidatedByPlainHttpWithoutADirectory() throws Exception {
    int http = Ports.free();
    try (EchoBackend backend = EchoBackend.start();
        Pebble pebble = pebble(Ports.free(), http, Pebble.Manner.KIND);
        RunningTerminator terminator =
            start(
                pebble,
                backend,
                0,
                state,
                "  challenges: [http-01]\n",
                "http: { bind: \"127.0.0.1:" + http + "\" }\n")) {
      awaitIssued(terminator, 1);
      assertThat(terminator.closes(CloseReason.ACME_CHALLENGE)).isZero();
      assertThat(terminator.metrics()).containsPattern("challenge\",\\} [1-9]");
    }
  }

  @Test
  void anExternalAccountIsBoundAndRejectedNoncesAreReplaced() throws Exception {
    int port = Ports.free();
    try (EchoBackend backend = EchoBackend.start();
        Pebble pebble =
            pebble(
                port,
                Ports.free(),
                new Pebble.Manner(
                    30,
                    "\"kid-1\": \"zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W\"",
                    0));
        RunningTerminator terminator =
            start(
                pebble,
                backend,
                port,
                state,
                "  external-account: { key-id: kid-1, hmac-key:"
                    + " zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W }\n"
                    + "  contact: mailto:ops@shop.example\n"
                    + "  key-type: [ecdsa-p384, rsa-2048]\n",
                "")) {
      awaitIssued(terminator, 2);
      assertThat(acme(terminator).path("accounts").path(0).path("contacts").path(0).asText())
          .isEqualTo("mailto:ops@shop.example");
      await()
          .atMost(RunningTerminator.PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(terminator.terminator().certificates().credentials())
                      .containsOnlyKeys("www.shop.example", "www.shop.example~rsa"));
    }
  }

  /** A hello can be answered with one challenge only: of orders for the same name, one waits. */
  @Test
  void ordersForTheSameNameDoNotReplaceEachOthersChallenges() throws Exception {
    int port = Ports.free();
    try (EchoBackend backend = EchoBackend.start();
        Pebble pebble = pebble(port, Ports.free(), new Pebble.Manner(0, "", 2));
        RunningTerminator terminator =
            start(pebble, backend, port, state, "  key-type: [ecdsa-p256, rsa-2048]\n", "")) {
      awaitIssued(terminator, 2);
      assertThat(terminator.metrics())
          .doesNotContainPattern("acme_failures_total\\{[^}]*\\} [1-9]");
      assertThat(acme(terminator).path("ordersWithinHour").asInt()).isEqualTo(2);
    }
  }

  @Test
  void aWildcardIsValidatedByTheTxtRecordsThatAWebhookAdds() throws Exception {
    Map<String, List<String>> zone = new ConcurrentHashMap<>();
    HttpServer webhook =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    try (EchoBackend backend = EchoBackend.start();
        Pebble pebble = Pebble.start(Ports.free(), Ports.free(), Pebble.Manner.KIND)) {
      webhook.createContext(
          "/",
          exchange -> {
            JsonNode call = JSON.readTree(exchange.getRequestBody());
            String name = call.path("name").asText();
            List<String> values = new ArrayList<>(zone.getOrDefault(name, List.of()));
            if (call.path("action").asText().equals("present")) {
              values.add(call.path("value").asText());
            } else {
              values.remove(call.path("value").asText());
            }
            zone.put(name, values);
            pebble.names().text(name, values);
            boolean isKnown =
                "Bearer sesame-hook".equals(exchange.getRequestHeaders().getFirst("Authorization"));
            exchange.sendResponseHeaders(isKnown ? 204 : 401, -1);
            exchange.close();
          });
      webhook.start();
      try (RunningTerminator terminator =
          new AcmeConfig(state, backend, pebble.directoryUrl())
              .certificates("{ acme: { names: [\"*.shop.example\", shop.example] } }")
              .topLevel("dns: { servers: [\"" + pebble.names().hostAndPort() + "\"] }")
              .acme("  trust: " + pebble.trust())
              .acme("  challenges: [dns-01]")
              .acme(
                  "  dns: { webhook: \"http://127.0.0.1:"
                      + webhook.getAddress().getPort()
                      + "/\", token: sesame-hook, propagation: 30s }")
              .start()) {
        awaitIssued(terminator, 1);
        await()
            .atMost(RunningTerminator.PATIENCE)
            .untilAsserted(
                () ->
                    assertThat(
                            served(terminator, "any.shop.example")
                                .getSubjectAlternativeNames()
                                .toString())
                        .contains("*.shop.example"));
        assertThat(zone).containsOnlyKeys("_acme-challenge.shop.example");
        assertThat(zone.get("_acme-challenge.shop.example")).as("cleaned up").isEmpty();
        assertThat(terminator.terminator().certificates().credentials())
            .containsOnlyKeys("wildcard.shop.example");
      }
    } finally {
      webhook.stop(0);
    }
  }

  @Test
  void aCommandAddsAndRemovesTheTxtRecord() throws Exception {
    List<String> calls = new CopyOnWriteArrayList<>();
    HttpServer zone =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    Path hook =
        Files.writeString(
            state.resolve("hook"),
            "#!/bin/sh\nexec curl -sf -d \"$*\" http://127.0.0.1:"
                + zone.getAddress().getPort()
                + "/\n");
    Files.setPosixFilePermissions(hook, PosixFilePermissions.fromString("rwx------"));
    try (EchoBackend backend = EchoBackend.start();
        Pebble pebble = Pebble.start(Ports.free(), Ports.free(), Pebble.Manner.KIND)) {
      zone.createContext(
          "/",
          exchange -> {
            String call =
                new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            calls.add(call);
            String[] words = call.split(" ");
            pebble
                .names()
                .text(words[2], words[1].equals("present") ? List.of(words[3]) : List.of());
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
          });
      zone.start();
      try (RunningTerminator terminator =
          new AcmeConfig(state, backend, pebble.directoryUrl())
              .topLevel("dns: { servers: [\"" + pebble.names().hostAndPort() + "\"] }")
              .acme("  trust: " + pebble.trust())
              .acme("  challenges: [dns-01]")
              .acme("  dns: { command: [" + hook + ", --zone], propagation: 30s }")
              .start()) {
        awaitIssued(terminator, 1);
        assertThat(calls).hasSize(2);
        assertThat(calls.get(0))
            .matches("--zone present _acme-challenge\\.shop\\.example [A-Za-z0-9_-]{43}");
        assertThat(calls.get(1)).isEqualTo(calls.get(0).replace("present", "cleanup"));
      }
    } finally {
      zone.stop(0);
    }
  }

  @Test
  void ofSeveralChainsThePreferredOneServes() throws Exception {
    int port = Ports.free();
    try (EchoBackend backend = EchoBackend.start();
        Pebble pebble = pebble(port, Ports.free(), Pebble.Manner.KIND)) {
      X509Certificate other = certificate(pebble.alternateRootPem());
      String name = other.getSubjectX500Principal().getName();
      try (RunningTerminator terminator =
          start(
              pebble,
              backend,
              port,
              state,
              "  preferred-chain: \"" + name.replaceFirst("CN=", "") + "\"\n",
              "")) {
        awaitIssued(terminator, 1);
        await()
            .atMost(RunningTerminator.PATIENCE)
            .untilAsserted(
                () ->
                    Peek.chain(terminator.address(), "shop.example")
                        .get(1)
                        .verify(other.getPublicKey()));
      }
    }
  }

  @Test
  void aHookThatFailsIsTheReasonAndItsOutputIsTold() throws Exception {
    Path hook =
        Files.writeString(
            state.resolve("hook"), "#!/bin/sh\necho \"no zone for $2\" >&2\nexit 3\n");
    Files.setPosixFilePermissions(hook, PosixFilePermissions.fromString("rwx------"));
    try (EchoBackend backend = EchoBackend.start();
        Pebble pebble = pebble(Ports.free(), Ports.free(), Pebble.Manner.KIND);
        RunningTerminator terminator =
            start(
                pebble,
                backend,
                0,
                state,
                "  challenges: [dns-01]\n  dns: { command: [" + hook + "] }\n",
                "")) {
      await()
          .atMost(RunningTerminator.PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(certificate(terminator).path("lastFailure").path("detail").asText())
                      .contains("exit code 3", "no zone for _acme-challenge."));
      assertThat(certificate(terminator).path("lastFailure").path("type").asText())
          .isEqualTo("hook");
    }
  }

  @Test
  void anAddressIsValidatedByItsReverseName() throws Exception {
    int port = Ports.free();
    try (EchoBackend backend = EchoBackend.start();
        Pebble pebble = Pebble.start(port, Ports.free(), Pebble.Manner.KIND);
        RunningTerminator terminator =
            new AcmeConfig(state, backend, pebble.directoryUrl())
                .port(port)
                .certificates("{ acme: { names: [127.0.0.1], name: address } }")
                .acme("  trust: " + pebble.trust())
                .start()) {
      awaitIssued(terminator, 1);
      await()
          .atMost(RunningTerminator.PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(
                          Peek.chain(terminator.address(), null)
                              .get(0)
                              .getIssuerX500Principal()
                              .getName())
                      .contains("Pebble"));
      assertThat(terminator.closes(CloseReason.ACME_CHALLENGE)).isPositive();
    }
  }
}
