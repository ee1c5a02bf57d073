package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.terminator.core.phase.CloseReason;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.Ports;
import io.terminator.testkit.ScriptedBackend;
import io.terminator.testkit.TcpClient;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Spans of connections and requests, as a receiver of OTLP gets them. */
class TracingIT {
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String PARENT = "00f067aa0ba902b7";
  private static final String SAMPLED = "00-" + TRACE + "-" + PARENT + "-01";
  private static final String UNSAMPLED = "00-" + TRACE + "-" + PARENT + "-00";
  private static final Pattern TRACEPARENT =
      Pattern.compile("(?i)\ntraceparent: 00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})\r\n");
  private static final int SERVER = 2;
  private static final int ERROR = 2;
  private static final String AUTHORIZATION = "Bearer at-71c0e93d5b2f48a6-collector";

  @TempDir Path directory;

  private final TestCa ca = TestCa.create();
  private final List<String> heads = new CopyOnWriteArrayList<>();
  private OtlpReceiver receiver;
  private ScriptedBackend app;

  @BeforeEach
  void start() {
    receiver = OtlpReceiver.start();
    app =
        ScriptedBackend.start(
            client -> {
              while (true) {
                String head = client.readUntil("\r\n\r\n");
                heads.add(head);
                String status = head.startsWith("GET /bad") ? "500 Bad" : "200 OK";
                client.write("HTTP/1.1 " + status + "\r\nContent-Length: 2\r\n\r\nok");
              }
            });
  }

  @AfterEach
  void stop() {
    app.close();
    receiver.close();
  }

  private RunningTerminator http(String http, String tracing) {
    return RunningTerminator.start(
        ca,
        Map.of("localhost", ca.server("localhost", "127.0.0.1")),
        """
        workers: 1
        listeners:
          - name: web
            bind: "127.0.0.1:0"
            certificates: certs/
            http: { %s }
            routes:
              - { name: fixed, path: /fixed, respond: { status: 200, body: "ok" } }
              - { name: rest, backend: app }
        backends:
          app: { servers: ["127.0.0.1:%d"] }
        tracing: { endpoint: "%s", %s }
        """
            .formatted(http, app.address().getPort(), receiver.endpoint(), tracing));
  }

  private static void get(TlsConnection client, String path, String fields) throws Exception {
    client.write("GET " + path + " HTTP/1.1\r\nHost: localhost:8443\r\n" + fields + "\r\n");
    client.readUntil("ok");
  }

  private OtlpReceiver.Span awaitSpan(String name) {
    await()
        .atMost(RunningTerminator.PATIENCE)
        .until(() -> receiver.spans().stream().anyMatch(span -> span.name().equals(name)));
    return receiver.spans().stream().filter(span -> span.name().equals(name)).findFirst().get();
  }

  private static void awaitMetric(RunningTerminator terminator, String result, double atLeast) {
    await()
        .atMost(RunningTerminator.PATIENCE)
        .untilAsserted(() -> assertThat(spans(terminator, result)).isGreaterThanOrEqualTo(atLeast));
  }

  private static double spans(RunningTerminator terminator, String result) throws Exception {
    return terminator.metric("terminator_tracing_spans_total{result=\"" + result + "\"}");
  }

  private Matcher lastTraceparent() {
    Matcher found = TRACEPARENT.matcher(heads.get(heads.size() - 1));
    assertThat(found.find()).as(heads.get(heads.size() - 1)).isTrue();
    return found;
  }

  @Test
  void aRequestContinuesTheTraceOfATrustedProxy() throws Exception {
    try (RunningTerminator terminator =
        http(
            "trusted-proxies: [127.0.0.0/8]",
            "ratio: 0, headers: { Authorization: \"" + AUTHORIZATION + "\" }")) {
      try (TlsConnection client = terminator.client().connect(terminator.address())) {
        get(
            client,
            "/a?token=hidden",
            "traceparent: " + SAMPLED + "\r\ntracestate: a=b\r\nUser-Agent: probe/1\r\n");
      }
      OtlpReceiver.Span span = awaitSpan("GET");
      assertThat(span.trace()).isEqualTo(TRACE);
      assertThat(span.parent()).isEqualTo(PARENT);
      assertThat(span.kind()).isEqualTo(SERVER);
      assertThat(span.statusCode()).isZero();
      assertThat(span.end()).isGreaterThan(span.start());
      assertThat(span.events()).containsExactly("backend connected", "response begun");
      Matcher sent = lastTraceparent();
      assertThat(sent.group(1)).isEqualTo(TRACE);
      assertThat(sent.group(2)).isEqualTo(span.id()).isNotEqualTo(PARENT);
      assertThat(sent.group(3)).isEqualTo("01");
      assertThat(heads.get(0)).contains("tracestate: a=b\r\n");

      JsonNode logged = line(terminator, "request");
      assertThat(span.attributes())
          .containsEntry("http.request.method", "GET")
          .containsEntry("http.response.status_code", "200")
          .containsEntry("url.scheme", "https")
          .containsEntry("url.path", "/a")
          .containsEntry("server.address", "localhost")
          .containsEntry("server.port", "8443")
          .containsEntry("client.address", "127.0.0.1")
          .containsEntry("network.protocol.name", "http")
          .containsEntry("network.protocol.version", "1.1")
          .containsEntry("user_agent.original", "probe/1")
          .containsEntry("tls.protocol.version", "1.3")
          .containsEntry("terminator.backend", "app")
          .containsEntry("terminator.route", "rest")
          .containsEntry("terminator.connection.id", logged.get("connection").asText())
          .containsEntry("terminator.request.id", logged.get("request-id").asText());
      assertThat(span.attributes().toString()).doesNotContain("hidden");
      assertThat(receiver.authorizations()).contains(AUTHORIZATION);
      assertThat(receiver.resources().get(0))
          .containsEntry("service.name", "terminator")
          .containsEntry("service.version", "test");
      awaitMetric(terminator, "exported", 1);
      terminator.awaitNoConnection();
    }
  }

  @Test
  void aRequestThatItsSenderDoesNotSampleIsPassedOn() throws Exception {
    try (RunningTerminator terminator = http("trusted-proxies: [127.0.0.0/8]", "ratio: 1")) {
      try (TlsConnection client = terminator.client().connect(terminator.address())) {
        get(client, "/a", "traceparent: " + UNSAMPLED + "\r\n");
        assertThat(heads.get(0)).contains(UNSAMPLED);
        // Neither is valid, so the ratio decides.
        get(client, "/b", "traceparent: 00-" + TRACE + "-0000000000000000-01\r\n");
        assertThat(lastTraceparent().group(1)).isNotEqualTo(TRACE);
        get(client, "/c", "traceparent: " + SAMPLED + "\r\ntraceparent: " + SAMPLED + "\r\n");
        assertThat(lastTraceparent().group(1)).isNotEqualTo(TRACE);
        assertThat(heads.get(2)).containsOnlyOnce("traceparent");
        get(client, "/bad", "");
      }
      await()
          .atMost(RunningTerminator.PATIENCE)
          .until(
              () ->
                  receiver.spans().stream().filter(span -> span.name().equals("GET")).count() == 3);
      assertThat(receiver.spans().stream().map(span -> span.attributes().get("url.path")))
          .contains("/b", "/c", "/bad")
          .doesNotContain("/a");
      OtlpReceiver.Span bad =
          receiver.spans().stream()
              .filter(span -> "/bad".equals(span.attributes().get("url.path")))
              .findFirst()
              .orElseThrow();
      assertThat(bad.statusCode()).isEqualTo(ERROR);
      assertThat(bad.attributes()).containsEntry("error.type", "500");
      terminator.awaitNoConnection();
    }
  }

  @Test
  void aClientThatIsNotTrustedStartsNoTrace() throws Exception {
    try (RunningTerminator terminator = http("", "ratio: 0")) {
      try (TlsConnection client = terminator.client().connect(terminator.address())) {
        get(client, "/a", "traceparent: " + SAMPLED + "\r\n");
        assertThat(heads.get(0)).contains(SAMPLED);
      }
      terminator.awaitNoConnection();
      assertThat(spans(terminator, "exported") + spans(terminator, "failed")).isZero();
    }
    assertThat(receiver.requests()).isZero();
    try (RunningTerminator terminator = http("", "ratio: 0, parents: any")) {
      try (TlsConnection client = terminator.client().connect(terminator.address())) {
        get(client, "/a", "traceparent: " + SAMPLED + "\r\n");
      }
      assertThat(awaitSpan("GET").parent()).isEqualTo(PARENT);
      terminator.awaitNoConnection();
    }
  }

  @Test
  void aConnectionIsASpanWithItsPhases() throws Exception {
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator =
            RunningTerminator.before(backend.address(), "", tcp("ratio: 1"))) {
      try (TlsConnection client = terminator.client().connect(terminator.address())) {
        client.write("ping");
        client.readExactly(4);
      }
      OtlpReceiver.Span span = awaitSpan("connection");
      JsonNode logged = line(terminator, "connection");
      assertThat(span.parent()).isEmpty();
      assertThat(span.kind()).isEqualTo(SERVER);
      assertThat(span.events()).containsExactly("handshake complete", "backend connected");
      assertThat(span.attributes())
          .containsEntry("terminator.connection.id", logged.get("connection").asText())
          .containsEntry("terminator.listener", "web")
          .containsEntry("terminator.backend", "app")
          .containsEntry("terminator.reason", logged.get("reason").asText())
          .containsEntry("terminator.bytes.in", "4")
          .containsEntry("network.transport", "tcp")
          .containsEntry("server.address", "localhost")
          .containsEntry("client.port", logged.get("client-port").asText())
          .containsEntry("tls.protocol.name", "tls")
          .containsEntry("tls.protocol.version", "1.3")
          .containsEntry("tls.cipher", logged.get("cipher").asText())
          .containsEntry("tls.resumed", "false");

      receiver.spans().clear();
      try (TcpClient plain = TcpClient.connect(terminator.address())) {
        plain.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        terminator.awaitCloses(CloseReason.PLAIN_HTTP, 1);
      }
      OtlpReceiver.Span failed = awaitSpan("connection");
      assertThat(failed.statusCode()).isEqualTo(ERROR);
      assertThat(failed.attributes())
          .containsEntry("error.type", "plain_http")
          .containsEntry("terminator.phase", "handshake");
      terminator.awaitNoConnection();
    }
  }

  @Test
  void anEndpointWithTlsIsVerifiedAndARequestOfH2IsASpan() throws Exception {
    TestCa others = TestCa.create();
    try (OtlpReceiver secure = OtlpReceiver.start(ca.serverContext(ca.server("127.0.0.1")));
        OtlpReceiver stranger =
            OtlpReceiver.start(others.serverContext(others.server("127.0.0.1")))) {
      for (OtlpReceiver each : List.of(secure, stranger)) {
        String yaml =
            RunningTerminator.httpYaml("\"127.0.0.1:" + app.address().getPort() + "\"", "")
                + "tracing: { endpoint: \""
                + each.endpoint()
                + "\", ratio: 1, ca: ca.pem }\n";
        try (RunningTerminator terminator =
            RunningTerminator.start(
                ca,
                Map.of("localhost", ca.server("localhost")),
                yaml,
                Map.of("ca.pem", ca.rootPem()))) {
          HttpClient client = HttpClient.newBuilder().sslContext(ca.clientContext()).build();
          URI uri = URI.create("https://localhost:" + terminator.address().getPort() + "/h2");
          HttpResponse<String> answer =
              client.send(
                  HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
          assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_2);
          awaitMetric(terminator, each == secure ? "exported" : "failed", 1);
        }
      }
      assertThat(stranger.requests()).isZero();
      OtlpReceiver.Span span =
          secure.spans().stream()
              .filter(each -> each.name().equals("GET"))
              .findFirst()
              .orElseThrow();
      assertThat(span.attributes())
          .containsEntry("network.protocol.version", "2")
          .containsEntry("url.path", "/h2")
          .containsEntry("tls.next_protocol", "h2");
      assertThat(lastTraceparent().group(1)).hasSize(32);
    }
  }

  @Test
  void anEndpointThatFailsCostsSpansAndNothingElse() throws Exception {
    receiver.answer(503);
    try (RunningTerminator terminator = http("", "ratio: 1")) {
      try (TlsConnection client = terminator.client().connect(terminator.address())) {
        get(client, "/fixed", "");
        awaitMetric(terminator, "failed", 1);
        assertThat(receiver.requests()).isBetween(2, 3);
        receiver.answer(200);
        get(client, "/fixed", "");
        awaitMetric(terminator, "exported", 1);
        assertThat(awaitSpan("GET").attributes()).containsEntry("terminator.route", "fixed");
      }
      terminator.awaitNoConnection();
    }
  }

  @Test
  void spansAreDroppedWhileTheEndpointDoesNotAnswer() throws Exception {
    receiver.beSilent();
    try (RunningTerminator terminator = http("", "ratio: 1")) {
      try (TlsConnection client = terminator.client().connect(terminator.address())) {
        get(client, "/fixed", "");
        await().atMost(RunningTerminator.PATIENCE).until(() -> receiver.requests() > 0);
        while (spans(terminator, "dropped") == 0) {
          for (int i = 0; i < 200; i++) {
            get(client, "/fixed", "");
          }
        }
      }
      terminator.awaitNoConnection();
      assertThat(spans(terminator, "exported")).isZero();
    }
  }

  @Test
  void withoutTracingNothingOfItIsLoaded() throws Exception {
    Path classes = directory.resolve("classes.log");
    List<String> prefix = List.of("env", "JAVA_TOOL_OPTIONS=-Xlog:class+load:file=" + classes);
    try (EchoBackend backend = EchoBackend.start();
        ApplianceProcess appliance = ApplianceProcess.before(backend.address(), prefix, "")) {
      try (TlsConnection client = appliance.client().connect(appliance.address())) {
        client.write("ping");
        client.readExactly(4);
      }
      assertThat(Files.readString(classes))
          .contains("WorkerGroup")
          .doesNotContain("io.opentelemetry.", "core.trace.Span", "SpanExport ");
    }
    try (EchoBackend backend = EchoBackend.start();
        ApplianceProcess appliance =
            ApplianceProcess.before(
                backend.address(),
                prefix,
                "tracing: { endpoint: \"http://127.0.0.1:" + Ports.free() + "\" }\n")) {
      assertThat(appliance.process().isRunning()).isTrue();
      assertThat(Files.readString(classes)).contains("io.opentelemetry.");
    }
  }

  private String tcp(String tracing) {
    return "workers: 1\ntracing: { endpoint: \"" + receiver.endpoint() + "\", " + tracing + " }\n";
  }

  private static JsonNode line(RunningTerminator terminator, String event) throws Exception {
    await()
        .atMost(RunningTerminator.PATIENCE)
        .until(() -> terminator.accessLog().contains("\"event\":\"" + event + "\""));
    ObjectMapper json = new ObjectMapper();
    for (String line : terminator.accessLog().lines().toList()) {
      JsonNode node = json.readTree(line);
      if (node.get("event").asText().equals(event)) {
        return node;
      }
    }
    throw new AssertionError("no line with event " + event);
  }
}
