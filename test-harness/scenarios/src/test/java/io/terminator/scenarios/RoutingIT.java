package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terminator.core.observe.ListenerCounters;
import io.terminator.core.phase.CloseReason;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.Received;
import io.terminator.testkit.ScriptedBackend;
import io.terminator.testkit.SocketPeer;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsClient;
import io.terminator.testkit.TlsConnection;
import io.terminator.testkit.TlsVersion;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * One port and many backends, selected by server name, protocol and source, decrypted or passed
 * through.
 */
class RoutingIT {
  private static final byte[] UNRECOGNIZED_NAME = {21, 3, 3, 0, 2, 2, 112};

  private static final String PASSTHROUGH =
      "    routes: [{ sni: legacy.example, mode: passthrough, backend: legacy }]\n"
          + "    backend: app\n";

  private final TestCa ca = TestCa.create();
  private final TestCa theirs = TestCa.create();
  private ScriptedBackend app;
  private ScriptedBackend api;
  private EchoBackend legacy;

  @BeforeEach
  void startBackends() {
    app = saying("app");
    api = saying("api");
    legacy = EchoBackend.startTls(theirs.serverContext(theirs.server("legacy.example")));
  }

  @AfterEach
  void stopBackends() {
    app.close();
    api.close();
    legacy.close();
  }

  @Test
  void goesByNameProtocolAndSource() throws IOException {
    try (RunningTerminator terminator =
        start(
            "    tls: { alpn: [h2, http/1.1] }\n"
                + "    routes:\n"
                + "      - { sni: [one.example, \"*.api.example\"], backend: api }\n"
                + "      - { alpn: h2, source: 127.0.0.0/8, backend: api }\n"
                + "      - { alpn: http/1.1, source: 192.0.2.0/24, backend: api }\n"
                + "    backend: app\n")) {
      TlsClient client = TlsClient.trusting(ca);
      assertThat(answer(terminator, client.serverName("one.example"))).isEqualTo("api");
      assertThat(answer(terminator, client.serverName("V1.API.example"))).isEqualTo("api");
      assertThat(answer(terminator, client.serverName("a.b.api.example"))).isEqualTo("app");
      assertThat(answer(terminator, client)).isEqualTo("app");
      assertThat(answer(terminator, client.alpn("h2"))).isEqualTo("api");
      assertThat(answer(terminator, client.alpn("http/1.1"))).isEqualTo("app");
    }
  }

  @Test
  void takesAnyNumberOfLabelsForTheSuffixForm() throws Exception {
    try (RunningTerminator terminator =
        start(
            "    routes:\n"
                + "      - { sni: \"**.raw.example\", mode: passthrough, backend: legacy }\n"
                + "      - { sni: \"**.example\", backend: api }\n"
                + "    policies: [{ sni: \"**.old.example\", tls: { versions: [1.2] } }]\n"
                + "    backend: app\n")) {
      TlsClient decrypted = TlsClient.trusting(ca);
      assertThat(answer(terminator, decrypted.serverName("A.b.example"))).isEqualTo("api");
      assertThat(answer(terminator, decrypted.serverName("raw.example"))).isEqualTo("api");
      assertThat(answer(terminator, decrypted.serverName("example"))).isEqualTo("app");
      assertThat(answer(terminator, decrypted.serverName("a.bexample"))).isEqualTo("app");
      assertThat(explained(terminator, "a.b.raw.example"))
          .contains("sni [**.raw.example] -> legacy");
      assertThat(explained(terminator, "raw.example"))
          .contains("sni: raw.example is not among [**.raw.example]")
          .contains("sni [**.example] -> api");
      try (TlsConnection old =
              decrypted.serverName("a.b.old.example").connect(terminator.address());
          TlsConnection apex = decrypted.serverName("old.example").connect(terminator.address())) {
        assertThat(old.version()).isEqualTo(TlsVersion.TLS_1_2);
        assertThat(apex.version()).isEqualTo(TlsVersion.TLS_1_3);
      }
      for (String name : List.of("a.raw.example", "a.b.raw.example")) {
        try (TlsConnection passed =
            TlsClient.trusting(theirs).serverName(name).connect(terminator.address())) {
          passed.write("through");
          assertThat(passed.readExactly(7)).asString().isEqualTo("through");
        }
      }
    }
  }

  @Test
  void passesThroughToABackendWithItsOwnCertificateOnTheSamePort() throws IOException {
    try (RunningTerminator terminator = start(PASSTHROUGH)) {
      TlsClient legacyClient =
          TlsClient.trusting(theirs).serverName("legacy.example").checkingName();
      try (TlsConnection passed = legacyClient.connect(terminator.address())) {
        assertThat(passed.peerCertificates().get(0))
            .satisfies(leaf -> leaf.verify(theirs.intermediate().leaf().getPublicKey()));
        passed.write("through");
        assertThat(passed.readExactly(7)).asString().isEqualTo("through");
      }
      assertThat(answer(terminator, TlsClient.trusting(ca).serverName("localhost")))
          .isEqualTo("app");
      assertThat(legacy.bytes()).isEqualTo(7);
      // Only the one that we spoke TLS with ourselves is a handshake.
      assertThat(
              terminator.totals().listeners().values().stream()
                  .flatMap(List::stream)
                  .mapToLong(RoutingIT::handshakes)
                  .sum())
          .isEqualTo(1);
    }
  }

  @Test
  void passesThroughWithoutCertificatesOfItsOwn() throws IOException {
    String listener =
        "listeners:\n  - { name: web, bind: \"127.0.0.1:0\", routes: [{ sni: legacy.example, mode: %s, backend: legacy }] }\n"
            + "backends:\n  legacy: { servers: [\"127.0.0.1:"
            + legacy.port()
            + "\"] }\n";
    try (RunningTerminator terminator =
        RunningTerminator.start(ca, Map.of(), listener.formatted("passthrough"))) {
      try (TlsConnection client =
          TlsClient.trusting(theirs).serverName("legacy.example").connect(terminator.address())) {
        client.write("through");
        assertThat(client.readExactly(7)).asString().isEqualTo("through");
      }
      assertThatThrownBy(
              () ->
                  TlsClient.trusting(ca).serverName("other.example").connect(terminator.address()))
          .isInstanceOf(SSLHandshakeException.class)
          .hasMessageContaining("unrecognized_name");
      terminator.awaitCloses(CloseReason.NO_ROUTE, 1);
      terminator.rewrite(listener.formatted("terminate"));
      assertThat(terminator.terminator().reload("test").problems().toString())
          .contains("listeners[0].certificates")
          .contains("is missing");
    }
  }

  @Test
  void handsOnTheClientHelloByteForByteHoweverItComes() throws Exception {
    CompletableFuture<Received> seen = new CompletableFuture<>();
    try (ScriptedBackend backend = ScriptedBackend.start(peer -> seen.complete(peer.readToEnd()));
        RunningTerminator terminator =
            RunningTerminator.start(
                ca,
                Map.of("localhost", ca.server("localhost")),
                listener(PASSTHROUGH) + backends(backend.port()));
        SocketPeer client = SocketPeer.connect(terminator.address())) {
      byte[] hello;
      try (var raw = TlsClient.trusting(theirs).serverName("legacy.example").raw(app.address())) {
        hello = raw.clientHello();
      }
      // In three segments, and something behind it that is no TLS at all.
      client.write(Arrays.copyOfRange(hello, 0, 3));
      client.write(Arrays.copyOfRange(hello, 3, 100));
      client.write(Arrays.copyOfRange(hello, 100, hello.length));
      client.write("and more");
      client.finishOutput();
      byte[] expected = Arrays.copyOf(hello, hello.length + 8);
      System.arraycopy("and more".getBytes(), 0, expected, hello.length, 8);
      assertThat(seen.get(20, TimeUnit.SECONDS).bytes()).isEqualTo(expected);
    }
  }

  @Test
  void refusesWhomNoRouteTakesByAnAlertBeforeTheHandshake() throws IOException {
    try (RunningTerminator terminator =
        start("    routes: [{ sni: one.example, backend: app }]\n")) {
      assertThatThrownBy(
              () ->
                  TlsClient.trusting(ca).serverName("other.example").connect(terminator.address()))
          .isInstanceOf(SSLHandshakeException.class)
          .hasMessageContaining("unrecognized_name");
      try (var raw = TlsClient.trusting(ca).raw(terminator.address())) {
        raw.sendRaw(raw.clientHello());
        assertThat(raw.readRawToEnd().bytes()).isEqualTo(UNRECOGNIZED_NAME);
      }
      terminator.awaitCloses(CloseReason.NO_ROUTE, 2);
      assertThat(answer(terminator, TlsClient.trusting(ca).serverName("one.example")))
          .isEqualTo("app");
      assertThat(app.accepted()).isEqualTo(1);
    }
  }

  private static long handshakes(ListenerCounters counters) {
    long sum = 0;
    for (int version = 0; version < ListenerCounters.VERSIONS.size(); version++) {
      for (int group = 0; group < ListenerCounters.GROUPS.size(); group++) {
        sum +=
            counters.handshakes(version, group, false) + counters.handshakes(version, group, true);
      }
    }
    return sum;
  }

  private RunningTerminator start(String listenerKeys) {
    return RunningTerminator.start(
        ca,
        Map.of("localhost", ca.server("localhost")),
        listener(listenerKeys) + backends(legacy.port()));
  }

  private static String listener(String keys) {
    return "workers: 1\nlisteners:\n  - name: web\n    bind: \"127.0.0.1:0\"\n    certificates: certs/\n"
        + keys;
  }

  private String backends(int passedThrough) {
    return """
    backends:
      app: { servers: ["127.0.0.1:%d"] }
      api: { servers: ["127.0.0.1:%d"] }
      legacy: { servers: ["127.0.0.1:%d"] }
    """
        .formatted(app.port(), api.port(), passedThrough);
  }

  private static ScriptedBackend saying(String name) {
    return ScriptedBackend.start(peer -> peer.write(name));
  }

  private static String answer(RunningTerminator terminator, TlsClient client) {
    try (TlsConnection connection = client.connect(terminator.address())) {
      return connection.readToEnd().text();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static String explained(RunningTerminator terminator, String name) throws Exception {
    URI explain = URI.create(terminator.terminator().adminUrl() + "/v1/explain?sni=" + name);
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(explain).build(), HttpResponse.BodyHandlers.ofString())
        .body();
  }
}
