package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.terminator.core.phase.CloseReason;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.HttpBackend;
import io.terminator.testkit.SlowReader;
import io.terminator.testkit.SourceBackend;
import io.terminator.testkit.TcpClient;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsConnection;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Recordings of the JDK's flight recorder on request. */
class RecordingIT {
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final String TOKEN = "tk-5b1e77c2a90d4f13-operator";
  private static final String READER = "tk-0c44d1e9f2b85a6e-reader";
  private static final String ENVIRONMENT = "env-91d3c07be5a8462f-secret";
  private static final String PROPERTY = "prop-2f60ab94c7d8e153-secret";

  /** The events of the JDK that a recording may have. */
  private static final Set<String> CHOSEN =
      Set.of(
          "jdk.ExecutionSample",
          "jdk.NativeMethodSample",
          "jdk.CPULoad",
          "jdk.ThreadCPULoad",
          "jdk.ResidentSetSize",
          "jdk.DirectBufferStatistics",
          "jdk.GarbageCollection",
          "jdk.GCPhasePause",
          "jdk.GCHeapSummary",
          "jdk.ExecuteVMOperation",
          "jdk.JavaMonitorEnter",
          "jdk.Compilation",
          "jdk.DataLoss");

  @TempDir Path directory;

  @Test
  void aHandshakeIsFoundByTheIdOfTheAccessLogAndNoSecretIs() throws Exception {
    Path classes = directory.resolve("classes.log");
    List<String> prefix =
        List.of(
            "env",
            "SECRET_OF_THE_ENVIRONMENT=" + ENVIRONMENT,
            // As the launcher and the image: Netty has events of its own.
            "JAVA_TOOL_OPTIONS=-Dio.netty.jfr.enabled=false -Dsecret.property="
                + PROPERTY
                + " -Xlog:class+load:file="
                + classes);
    try (EchoBackend backend = EchoBackend.start();
        ApplianceProcess appliance =
            ApplianceProcess.with(TestCa.create(), directory, config(backend), prefix)) {
      echo(appliance.client().connect(appliance.address()));
      call(appliance.admin(), "GET", "/v1/status", TOKEN, 200);
      // Netty asks whether there is a flight recorder; nothing of it is started.
      assertThat(Files.readString(classes))
          .contains("WorkerGroup")
          .doesNotContain("jdk.jfr.internal.PlatformRecorder", "FlightRecording", "HandshakeEvent");

      call(appliance.admin(), "POST", "/v1/recording?seconds=600", TOKEN, 202);
      echo(appliance.client().connect(appliance.address()));
      await()
          .atMost(RunningTerminator.PATIENCE)
          .until(() -> Files.readAllLines(appliance.accessLog()).size() == 2);
      call(appliance.admin(), "POST", "/v1/recording:stop", TOKEN, 202);
      awaitState(appliance.admin(), TOKEN, "done");
      byte[] content = file(appliance.admin(), TOKEN);

      Path stored = directory.resolve("state/recording.jfr");
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(stored)))
          .isEqualTo("rw-------");
      assertThat(content).isEqualTo(Files.readAllBytes(stored));
      List<RecordedEvent> events = events(content);
      String logged = lastConnection(appliance.accessLog());
      RecordedEvent handshake = only(events, "io.terminator.Handshake", "connection", logged);
      assertThat(handshake.getString("version")).isEqualTo("TLSv1.3");
      assertThat(handshake.getString("sni")).isEqualTo("localhost");
      assertThat(handshake.getString("failure")).isEmpty();
      assertThat(handshake.getDuration("elapsed")).isPositive();
      assertThat(only(events, "io.terminator.Connect", "connection", logged).getString("backend"))
          .isEqualTo("app");
      assertThat(only(events, "io.terminator.Close", "connection", logged).getLong("bytesIn"))
          .isEqualTo(4);

      Set<String> names = new TreeSet<>();
      events.forEach(event -> names.add(event.getEventType().getName()));
      names.removeIf(name -> name.startsWith("io.terminator."));
      assertThat(CHOSEN).containsAll(names);
      String text = new String(content, StandardCharsets.ISO_8859_1) + events;
      for (String secret : List.of(TOKEN, READER, ENVIRONMENT, PROPERTY)) {
        assertThat(text.contains(secret)).as("a secret in the recording").isFalse();
        String wide =
            new String(secret.getBytes(StandardCharsets.UTF_16LE), StandardCharsets.ISO_8859_1);
        assertThat(text.contains(wide)).as("a secret in the recording").isFalse();
      }
      assertThat(text).doesNotContain(directory.toString(), "SECRET_OF_THE_ENVIRONMENT");
    }
  }

  @Test
  void aRecordingNeedsTheFullTokenAndIsBounded() throws Exception {
    try (EchoBackend backend = EchoBackend.start();
        ApplianceProcess appliance =
            ApplianceProcess.with(TestCa.create(), directory, config(backend))) {
      InetSocketAddress admin = appliance.admin();
      call(admin, "POST", "/v1/recording", READER, 403);
      call(admin, "GET", "/v1/recording/file", READER, 403);
      call(admin, "POST", "/v1/recording", "", 401);
      HttpRequest page =
          request(admin, "POST", "/v1/recording", TOKEN)
              .header("Origin", "https://other.example")
              .build();
      assertThat(HTTP.send(page, HttpResponse.BodyHandlers.ofString()).statusCode()).isEqualTo(403);
      for (String bad : List.of("0", "-1", "601", "x", "")) {
        assertThat(call(admin, "POST", "/v1/recording?seconds=" + bad, TOKEN, 400))
            .contains("expected 1 to 600");
      }
      call(admin, "GET", "/v1/recording/file", TOKEN, 409);
      call(admin, "POST", "/v1/recording:stop", TOKEN, 409);
      assertThat(state(admin, READER)).isEqualTo("none");

      call(admin, "POST", "/v1/recording?seconds=600", TOKEN, 202);
      assertThat(call(admin, "POST", "/v1/recording?seconds=1", TOKEN, 409))
          .contains("a recording runs until");
      call(admin, "GET", "/v1/recording/file", TOKEN, 409);
      call(admin, "POST", "/v1/recording:stop", TOKEN, 202);
      awaitState(admin, TOKEN, "done");
      byte[] first = file(admin, TOKEN);

      // By its own time, and in place of the first.
      call(admin, "POST", "/v1/recording?seconds=1", TOKEN, 202);
      awaitState(admin, TOKEN, "done");
      assertThat(file(admin, TOKEN)).isNotEqualTo(first);
      try (var kept = Files.list(directory.resolve("state"))) {
        assertThat(kept.filter(each -> each.toString().contains(".jfr"))).hasSize(1);
      }
    }
  }

  @Test
  void aReaderThatStopsIsAStallWithItsConnection() throws Exception {
    try (SourceBackend backend = SourceBackend.start(7, 64 << 20);
        RunningTerminator terminator = RunningTerminator.before(backend.address())) {
      terminator.call("POST", "/v1/recording?seconds=600", 202);
      try (SlowReader reader =
          SlowReader.connect(
              terminator.client(), terminator.address(), "go".getBytes(StandardCharsets.UTF_8))) {
        await()
            .atMost(RunningTerminator.PATIENCE)
            .until(
                () ->
                    terminator.metric("terminator_read_pauses_total{reason=\"peer_full\"}")
                        > terminator.metric("terminator_read_resumes_total{reason=\"peer_full\"}"));
        // Old enough to be an event of its own.
        long since = System.nanoTime();
        await().until(() -> System.nanoTime() - since > TimeUnit.MILLISECONDS.toNanos(20));
        String id =
            terminator.call("GET", "/v1/connections", 200).at("/connections/0/connection").asText();

        List<RecordedEvent> events = stop(terminator);
        RecordedEvent stall =
            events.stream()
                .filter(event -> event.getEventType().getName().equals("io.terminator.RelayStall"))
                .filter(event -> !event.getBoolean("ended"))
                .findFirst()
                .orElseThrow();
        assertThat(stall.getString("connection")).isEqualTo(id);
        assertThat(stall.getString("direction")).isEqualTo("out");
        assertThat(stall.getString("reason")).isEqualTo("peer_full");
      }
    }
  }

  @Test
  void failuresReloadsOverloadAndDrainAreEvents() throws Exception {
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator =
            RunningTerminator.before(
                backend.address(), "", "workers: 1\ndrain: { accept-grace: 0, window: 0 }\n")) {
      terminator.call("POST", "/v1/recording?seconds=600", 202);
      try (TcpClient plain = TcpClient.connect(terminator.address())) {
        plain.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        terminator.awaitCloses(CloseReason.PLAIN_HTTP, 1);
      }
      terminator.terminator().reload("the test");
      TlsConnection open = terminator.client().connect(terminator.address());
      open.write("ping");
      open.readExactly(4);
      String id =
          terminator.call("GET", "/v1/connections", 200).at("/connections/0/connection").asText();
      // A recording that runs at the end is written before the process ends.
      terminator.terminator().drain();
      terminator.terminator().close();
      open.close();

      List<RecordedEvent> events =
          RecordingFile.readAllEvents(terminator.directory().resolve("state/recording.jfr"));
      only(events, "io.terminator.Handshake", "failure", "plain_http");
      assertThat(only(events, "io.terminator.Reload", "by", "the test").getString("result"))
          .isEqualTo("unchanged");
      assertThat(only(events, "io.terminator.Close", "connection", id).getString("reason"))
          .isEqualTo("drained");
      only(events, "io.terminator.Drain", "connection", id);
      only(events, "io.terminator.Drain", "step", "begun");
      only(events, "io.terminator.Drain", "step", "ended");
    }
  }

  @Test
  void aRequestIsAnEventOfItsConnection() throws Exception {
    TestCa ca = TestCa.create();
    try (HttpBackend backend = HttpBackend.start();
        RunningTerminator terminator =
            RunningTerminator.http(ca, "\"127.0.0.1:" + backend.address().getPort() + "\"", "")) {
      terminator.call("POST", "/v1/recording?seconds=600", 202);
      try (TlsConnection client = terminator.client().connect(terminator.address())) {
        client.write("GET /nothing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        client.readToEnd();
      }
      terminator.awaitNoConnection();
      List<RecordedEvent> events = stop(terminator);
      RecordedEvent request = only(events, "io.terminator.Request", "backend", "app");
      assertThat(request.getString("method")).isEqualTo("GET");
      assertThat(request.getInt("status")).isBetween(200, 499);
      assertThat(request.getDuration("elapsed")).isPositive();
      only(events, "io.terminator.Connect", "connection", request.getString("connection"));
    }
  }

  @Test
  void anOverloadIsAnEvent() throws Exception {
    try (SourceBackend backend = SourceBackend.start(7, 64 << 20);
        RunningTerminator terminator =
            RunningTerminator.before(
                backend.address(),
                "",
                "workers: 1\noverload: { frames: 1 }\n" + "memory: { frames: 4MiB }\n")) {
      terminator.call("POST", "/v1/recording?seconds=600", 202);
      try (SlowReader reader =
          SlowReader.connect(
              terminator.client(), terminator.address(), "go".getBytes(StandardCharsets.UTF_8))) {
        await()
            .atMost(RunningTerminator.PATIENCE)
            .until(() -> terminator.metric("terminator_overloads_total") > 0);
        RecordedEvent overload =
            stop(terminator).stream()
                .filter(event -> event.getEventType().getName().equals("io.terminator.Overload"))
                .findFirst()
                .orElseThrow();
        assertThat(overload.getBoolean("begun")).isTrue();
        assertThat(overload.getString("why")).contains("percent of its frames");
        assertThat(reader).isNotNull();
      }
    }
  }

  private String config(EchoBackend backend) throws Exception {
    for (String[] each : new String[][] {{"token", TOKEN}, {"reader", READER}}) {
      Path token = Files.writeString(directory.resolve(each[0]), each[1]);
      Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-------"));
    }
    return """
    workers: 1
    listeners:
      - { name: web, bind: "127.0.0.1:0", certificates: certs/, backend: app }
    backends:
      app: { servers: ["127.0.0.1:%d"] }
    admin: { bind: "127.0.0.1:0", token-file: token, read-only-token-file: reader }
    log: { access: ./access.log }
    drain: { accept-grace: 0 }
    """
        .formatted(backend.address().getPort());
  }

  private static void echo(TlsConnection client) throws Exception {
    try (client) {
      client.write("ping");
      assertThat(client.readExactly(4)).asString().isEqualTo("ping");
    }
  }

  private static HttpRequest.Builder request(
      InetSocketAddress admin, String method, String path, String token) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + admin.getPort() + path))
            .method(method, HttpRequest.BodyPublishers.noBody());
    return token.isEmpty() ? request : request.header("Authorization", "Bearer " + token);
  }

  private static String call(
      InetSocketAddress admin, String method, String path, String token, int status)
      throws Exception {
    HttpResponse<String> answer =
        HTTP.send(
            request(admin, method, path, token).build(), HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    return answer.body();
  }

  private static String state(InetSocketAddress admin, String token) throws Exception {
    JsonNode state = new ObjectMapper().readTree(call(admin, "GET", "/v1/recording", token, 200));
    return state.get("state").asText();
  }

  private static void awaitState(InetSocketAddress admin, String token, String state) {
    await()
        .atMost(RunningTerminator.PATIENCE)
        .untilAsserted(() -> assertThat(state(admin, token)).isEqualTo(state));
  }

  private static byte[] file(InetSocketAddress admin, String token) throws Exception {
    HttpResponse<byte[]> answer =
        HTTP.send(
            request(admin, "GET", "/v1/recording/file", token).build(),
            HttpResponse.BodyHandlers.ofByteArray());
    assertThat(answer.statusCode()).isEqualTo(200);
    return answer.body();
  }

  private List<RecordedEvent> stop(RunningTerminator terminator) throws Exception {
    terminator.call("POST", "/v1/recording:stop", 202);
    awaitState(terminator.terminator().adminAddress(), "", "done");
    return events(file(terminator.terminator().adminAddress(), ""));
  }

  private List<RecordedEvent> events(byte[] content) throws Exception {
    return RecordingFile.readAllEvents(Files.write(directory.resolve("fetched.jfr"), content));
  }

  private static String lastConnection(Path log) throws Exception {
    List<String> lines = Files.readAllLines(log);
    return new ObjectMapper().readTree(lines.get(lines.size() - 1)).get("connection").asText();
  }

  private static RecordedEvent only(
      List<RecordedEvent> events, String type, String field, String value) {
    List<RecordedEvent> found =
        events.stream()
            .filter(event -> event.getEventType().getName().equals(type))
            .filter(event -> value.equals(event.getString(field)))
            .toList();
    assertThat(found).as(type + " with " + field + " " + value).hasSize(1);
    return found.get(0);
  }
}
