package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.terminator.admin.appliance.Terminator;
import io.terminator.admin.config.ConfigProblems;
import io.terminator.admin.reload.ConfigSource;
import io.terminator.core.connection.WorkerTotals;
import io.terminator.core.observe.WorkerCount;
import io.terminator.core.phase.CloseReason;
import io.terminator.core.throttle.PauseReason;
import io.terminator.core.worker.Worker;
import io.terminator.testkit.Credential;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.stream.Stream;

/**
 * An appliance in this process, configured by a file as an operator would do it, on free ports.
 * {@link #close} fails if anything is left over (a frame, a native object, a connection, a pause
 * without its resume), or if any output contains a secret.
 */
final class RunningTerminator implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final TestCa ca;
  private final Path directory;
  private final Terminator terminator;
  private final HttpClient http = HttpClient.newHttpClient();

  private RunningTerminator(TestCa ca, Path directory, Terminator terminator) {
    this.ca = ca;
    this.directory = directory;
    this.terminator = terminator;
  }

  /**
   * One worker and one listener {@code web} with an ECDSA certificate for localhost; everything
   * else has its default.
   */
  static RunningTerminator before(InetSocketAddress backend) {
    return before(backend, "");
  }

  /**
   * As above; {@code listenerKeys} are more lines of the listener, each indented by four spaces.
   */
  static RunningTerminator before(InetSocketAddress backend, String listenerKeys) {
    return before(backend, listenerKeys, "workers: 1\n");
  }

  /** As above; {@code topLevel} are more lines at the top level. */
  static RunningTerminator before(InetSocketAddress backend, String listenerKeys, String topLevel) {
    TestCa ca = TestCa.create();
    return start(
        ca,
        Map.of("localhost", ca.server("localhost", "127.0.0.1")),
        topLevel
            + "listeners:\n"
            + "  - name: web\n"
            + "    bind: \"127.0.0.1:0\"\n"
            + "    certificates: certs/\n"
            + "    backend: app\n"
            + listenerKeys
            + "backends:\n"
            + "  app: { servers: [\"127.0.0.1:"
            + backend.getPort()
            + "\"] }\n");
  }

  /**
   * One worker, one listener {@code web} for HTTP and a backend {@code app} of {@code servers},
   * each with its port and separated by commas. {@code backendKeys} are more lines of the backend,
   * each indented by four spaces.
   */
  static RunningTerminator http(TestCa ca, String servers, String backendKeys) {
    return start(
        ca,
        Map.of("localhost", ca.server("localhost", "127.0.0.1", "other.example")),
        httpYaml(servers, backendKeys));
  }

  /** What {@link #http} starts with. */
  static String httpYaml(String servers, String backendKeys) {
    return """
    workers: 1
    listeners:
      - name: web
        bind: "127.0.0.1:0"
        certificates: certs/
        backend: app
        http: {}
    backends:
      app:
        servers: [%s]
    %s"""
        .formatted(servers, backendKeys);
  }

  /**
   * Starts an appliance with {@code yaml}. It may use {@code certs/}, which contains {@code
   * certificates}, and needs no {@code admin} key.
   */
  static RunningTerminator start(TestCa ca, Map<String, Credential> certificates, String yaml) {
    return start(ca, certificates, yaml, Map.of());
  }

  /**
   * As above; {@code files} are written next to the configuration, readable only by their owner.
   */
  static RunningTerminator start(
      TestCa ca, Map<String, Credential> certificates, String yaml, Map<String, String> files) {
    try {
      Path directory = Files.createTempDirectory("terminator-scenario");
      Path certs = Files.createDirectory(directory.resolve("certs"));
      certificates.forEach((name, credential) -> credential.writeTo(certs, name));
      for (Map.Entry<String, String> each : files.entrySet()) {
        Path beside = Files.writeString(directory.resolve(each.getKey()), each.getValue());
        Files.setPosixFilePermissions(beside, PosixFilePermissions.fromString("rw-------"));
      }
      Path file = Files.writeString(directory.resolve("terminator.yaml"), whole(yaml));
      Said.listen();
      Terminator terminator = Terminator.start(ConfigSource.file(file, Map.of()), "test");
      return new RunningTerminator(ca, directory, terminator);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    } catch (ConfigProblems problems) {
      throw new AssertionError(problems.getMessage(), problems);
    }
  }

  private static String whole(String yaml) {
    return yaml
        + (yaml.contains("\nadmin:") ? "" : "admin: { bind: \"127.0.0.1:0\" }\n")
        + (yaml.contains("\nlog:") ? "" : "log: { access: ./access.log }\n");
  }

  /** Replaces the configuration with {@code yaml}, completed as at the start, for a reload. */
  void rewrite(String yaml) {
    try {
      Files.writeString(directory.resolve("terminator.yaml"), whole(yaml));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** A JDK client that trusts this appliance. */
  TlsClient client() {
    return TlsClient.trusting(ca).serverName("localhost");
  }

  TestCa ca() {
    return ca;
  }

  Path directory() {
    return directory;
  }

  Terminator terminator() {
    return terminator;
  }

  /** Where the listener {@code web} listens. */
  InetSocketAddress address() {
    return address("web");
  }

  InetSocketAddress address(String listener) {
    return (InetSocketAddress)
        java.util.Objects.requireNonNull(terminator.addresses().get(listener)).get(0);
  }

  /** The lines logged so far. */
  String accessLog() throws IOException {
    Path log = directory.resolve("access.log");
    return Files.exists(log) ? Files.readString(log) : "";
  }

  WorkerTotals totals() {
    return terminator.workers().totals();
  }

  /** What a scrape says. */
  String metrics() throws IOException, InterruptedException {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(
                    URI.create(
                        "http://127.0.0.1:" + terminator.adminAddress().getPort() + "/metrics"))
                .build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }

  /** What the admin API answers to a call without a body, which must have {@code status}. */
  JsonNode call(String method, String path, int status) throws IOException, InterruptedException {
    HttpResponse<String> answer =
        http.send(
            HttpRequest.newBuilder(URI.create(terminator.adminUrl() + path))
                .method(method, HttpRequest.BodyPublishers.noBody())
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    return JSON.readTree(answer.body());
  }

  /** The current sum over the series of {@code series}; -1 if there is none. */
  double metric(String series) throws IOException, InterruptedException {
    return new Scrape(metrics()).sum(series);
  }

  long closes(CloseReason reason) {
    return totals().closes(reason);
  }

  void awaitCloses(CloseReason reason, long count) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(closes(reason)).as("closed as " + reason).isEqualTo(count));
  }

  void awaitNoConnection() {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(totals().count(WorkerCount.CONNECTIONS_ACTIVE)).isZero());
  }

  @Override
  public void close() {
    try {
      Said.byApi(terminator.adminUrl());
      terminator.close();
      Said.inLog(directory);
      WorkerTotals totals = totals();
      assertThat(totals.count(WorkerCount.INTERNAL_ERRORS)).as("internal errors").isZero();
      assertThat(totals.count(WorkerCount.CONNECTIONS_ACTIVE)).as("connections").isZero();
      assertThat(totals.count(WorkerCount.OUTBOUND_IN)).as("bytes for backends").isZero();
      assertThat(totals.count(WorkerCount.OUTBOUND_OUT)).as("bytes for clients").isZero();
      for (Worker worker : terminator.workers().workers()) {
        assertThat(worker.frames().used()).as("frames").isZero();
      }
      for (PauseReason reason : PauseReason.values()) {
        assertThat(totals.resumes(reason)).as("resumes " + reason).isEqualTo(totals.pauses(reason));
      }
      assertThat(terminator.library().liveStreams()).as("native streams").isZero();
      assertThat(terminator.library().liveContexts()).as("native contexts").isZero();
    } finally {
      delete(directory);
    }
  }

  private static void delete(Path directory) {
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    } catch (IOException leftToTheSystem) {
      // A temporary directory: a process that still writes to it has failed the test already.
    }
  }
}
