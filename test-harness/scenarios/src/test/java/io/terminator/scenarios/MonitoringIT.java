package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.Ports;
import io.terminator.testkit.Processes;
import io.terminator.testkit.RunningProcess;
import io.terminator.testkit.TlsConnection;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Alerts, dashboard and metrics match each other, as evaluated by Prometheus. */
class MonitoringIT {
  private static final Path DOCKER = docker();
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Pattern METRIC = Pattern.compile("\\bterminator_[a-z0-9_]+");
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * Panels about events that do not occur in this test: a counter that was never incremented may
   * have no series.
   */
  private static final Set<String> MAY_BE_EMPTY =
      Set.of(
          "Failed handshakes",
          "ACME certificates: days until the next order, failures, last failure",
          "Handshakes that policies in report mode would refuse",
          "Failed handshakes of canaries and of other clients",
          "Connections to be closed by retirements",
          "HTTP requests by status",
          "HTTP requests by route",
          "HTTP errors by route",
          "HTTP latency by route (p99)",
          "HTTP request duration",
          "HTTP requests that did not complete, and retries");

  @Test
  void everyAlertFiresOnItsTroubleAndKeepsQuietWithoutIt() {
    Path directory = DOCKER.resolve("prometheus");
    promtool(directory, "check", "config", "prometheus.yml");
    promtool(directory, "test", "rules", "alerts-test.yml");
    String alerts = read(directory.resolve("alerts.yml"));
    String tests = read(directory.resolve("alerts-test.yml"));
    for (String alert : matches("alert: (\\w+)", alerts)) {
      assertThat(tests).as("a test of " + alert).contains("alertname: " + alert + "\n");
      assertThat(tests).contains("alertname: " + alert + ", exp_alerts: []");
    }
  }

  @Test
  void whatAlertsAskForIsInAScrape() throws Exception {
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator appliance = RunningTerminator.before(backend.address())) {
      exchange(appliance);
      String scrape = appliance.metrics();
      String alerts = read(DOCKER.resolve("prometheus/alerts.yml"));
      Set<String> asked = new TreeSet<>(matches(METRIC.pattern(), alerts));
      assertThat(asked).hasSizeGreaterThan(8);
      // One that counts by reason and has none yet; its family is there.
      assertThat(scrape).contains("# TYPE terminator_tls_handshake_failures_total counter");
      asked.remove("terminator_tls_handshake_failures_total");
      // Of files, revocations and orders that this appliance does not have; their families are
      // there.
      for (String ofFiles :
          List.of(
              "terminator_acme_failures_in_succession",
              "terminator_tls_canary_undone",
              "terminator_address_list_usable",
              "terminator_tls_revocation_lists",
              "terminator_tls_ocsp_revoked")) {
        assertThat(scrape).contains("# TYPE " + ofFiles + " gauge");
        asked.remove(ofFiles);
      }
      // Of listeners with http, whose scrape HttpRequestsIT sees.
      asked.remove("terminator_requests_total");
      asked.remove("terminator_route_requests_total");
      // With tracing; TracingIT sees it.
      asked.remove("terminator_tracing_spans_total");
      for (String metric : asked) {
        assertThat(scrape).as(metric).containsPattern("(?m)^" + metric + "[{ ]");
      }
    }
  }

  @Test
  void promtoolHasNothingToSayAboutAScrape() throws Exception {
    Path promtool = Processes.assumeAvailable("promtool");
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator appliance = RunningTerminator.before(backend.address())) {
      exchange(appliance);
      Path scrape = Files.writeString(Files.createTempFile("scrape", ".txt"), appliance.metrics());
      ProcessBuilder check =
          new ProcessBuilder(promtool.toString(), "check", "metrics")
              .redirectInput(scrape.toFile());
      try (RunningProcess process = Processes.start(check)) {
        assertThat(process.awaitExit(PATIENCE)).as(process.output()).isZero();
        assertThat(process.output()).isEmpty();
      } finally {
        Files.delete(scrape);
      }
    }
  }

  /** The parser of Prometheus' Python client refuses what the specification forbids. */
  @Test
  void aStrictParserReadsOpenMetrics() throws Exception {
    String python = Processes.assumeAvailable("python3").toString();
    // Where Debian installs it, for whichever Python is the first on PATH.
    Path packages = Path.of("/usr/lib/python3/dist-packages");
    if (!"true".equals(System.getenv("CI"))) {
      assumeThat(packages.resolve("prometheus_client")).exists();
    }
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator appliance = RunningTerminator.before(backend.address())) {
      exchange(appliance);
      int port = appliance.terminator().adminAddress().getPort();
      HttpRequest request =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics"))
              .header("Accept", "application/openmetrics-text;version=1.0.0")
              .build();
      Path scrape = Files.createTempFile("scrape", ".txt");
      HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofFile(scrape));
      String parser =
          "import sys; from prometheus_client.openmetrics.parser import text_fd_to_metric_families as parsed;"
              + "print(len(list(parsed(sys.stdin))), 'families')";
      ProcessBuilder parse =
          new ProcessBuilder(python, "-c", parser).redirectInput(scrape.toFile());
      parse.environment().put("PYTHONPATH", packages.toString());
      try (RunningProcess process = Processes.start(parse)) {
        assertThat(process.awaitExit(PATIENCE)).as(process.output()).isZero();
        assertThat(process.output()).matches("1\\d\\d families");
      } finally {
        Files.delete(scrape);
      }
    }
  }

  @Test
  void everyPanelOfTheDashboardShowsSomething() throws Exception {
    Path prometheus = Processes.assumeAvailable("prometheus");
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator appliance =
            RunningTerminator.before(
                backend.address(),
                "    limits: { connections: 100 }\n",
                "workers: 1\ntracing: { endpoint: \"http://127.0.0.1:9\", ratio: 0 }\n")) {
      Path directory = Files.createTempDirectory("terminator-prometheus");
      Files.copy(DOCKER.resolve("prometheus/alerts.yml"), directory.resolve("alerts.yml"));
      String config =
          read(DOCKER.resolve("prometheus/prometheus.yml"))
              .replace("15s", "500ms")
              .replace(
                  "terminator:9443",
                  "127.0.0.1:" + appliance.terminator().adminAddress().getPort());
      Files.writeString(directory.resolve("prometheus.yml"), config);
      int port = Ports.free();
      try (RunningProcess process =
          Processes.start(
              prometheus.toString(),
              "--config.file=" + directory.resolve("prometheus.yml"),
              "--storage.tsdb.path=" + directory.resolve("data"),
              "--web.listen-address=127.0.0.1:" + port)) {
        process.awaitLine(".*ready to receive web requests.*", PATIENCE);
        await()
            .atMost(PATIENCE)
            .until(
                () -> {
                  exchange(appliance);
                  return values(port, "sum_over_time(up{job=\"terminator\"}[1m]) > 3") > 0;
                });
        // A scrape that missed its interval on a busy machine leaves no value for a moment.
        await().atMost(PATIENCE).untilAsserted(() -> panels(port));
        JsonNode groups = query(port, "/api/v1/rules").path("data").path("groups");
        for (JsonNode rule : groups.path(0).path("rules")) {
          assertThat(rule.path("health").asText()).as(rule.path("name").asText()).isEqualTo("ok");
          String name = rule.path("name").asText();
          // The test's key is readable by every user: a warning, and no alert for the first hour.
          assertThat(rule.path("state").asText())
              .as(name)
              .isEqualTo(name.equals("TerminatorCertificateWarnings") ? "pending" : "inactive");
        }
        assertThat(groups.path(0).path("rules")).isNotEmpty();
      }
    }
  }

  /** Grafana drops a panel whose id is taken, and shows overlapping ones as one. */
  @Test
  void panelsOfTheDashboardHaveAnIdAndAPlaceOfTheirOwn() throws IOException {
    Map<Integer, String> ids = new HashMap<>();
    Map<List<Integer>, String> cells = new HashMap<>();
    JsonNode dashboard = JSON.readTree(read(DOCKER.resolve("grafana/dashboards/terminator.json")));
    for (JsonNode panel : dashboard.path("panels")) {
      String title = panel.path("title").asText();
      assertThat(ids.put(panel.path("id").asInt(), title)).as("with the id of " + title).isNull();
      JsonNode place = panel.path("gridPos");
      for (int x = 0; x < place.path("w").asInt(); x++) {
        for (int y = 0; y < place.path("h").asInt(); y++) {
          List<Integer> cell = List.of(place.path("x").asInt() + x, place.path("y").asInt() + y);
          assertThat(cells.put(cell, title)).as("in the place of " + title).isNull();
        }
      }
    }
    assertThat(ids).hasSizeGreaterThan(15);
  }

  private static void panels(int port) throws IOException, InterruptedException {
    JsonNode dashboard = JSON.readTree(read(DOCKER.resolve("grafana/dashboards/terminator.json")));
    assertThat(dashboard.path("panels")).hasSizeGreaterThan(15);
    List<String> empty = new ArrayList<>();
    for (JsonNode panel : dashboard.path("panels")) {
      for (JsonNode target : panel.path("targets")) {
        String expression =
            target
                .path("expr")
                .asText()
                .replace("$instance", ".*")
                .replace("$listener", ".*")
                .replace("$backend", ".*")
                .replace("$__rate_interval", "30s");
        assertThat(expression).doesNotContain("$");
        String title = panel.path("title").asText();
        if (values(port, expression) == 0 && !MAY_BE_EMPTY.contains(title)) {
          empty.add(title + ": " + expression);
        }
      }
    }
    assertThat(empty).as("panels without a value").isEmpty();
  }

  private static int values(int port, String expression) throws IOException, InterruptedException {
    JsonNode answer =
        query(port, "/api/v1/query?query=" + URLEncoder.encode(expression, StandardCharsets.UTF_8));
    assertThat(answer.path("status").asText()).as(expression + ": " + answer).isEqualTo("success");
    return answer.path("data").path("result").size();
  }

  private static JsonNode query(int port, String path) throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + port + path);
    return JSON.readTree(
        HttpClient.newHttpClient()
            .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
            .body());
  }

  private static void exchange(RunningTerminator appliance) throws IOException {
    try (TlsConnection connection = appliance.client().connect(appliance.address())) {
      connection.write("ping");
      assertThat(connection.readExactly(4)).isEqualTo("ping".getBytes(StandardCharsets.US_ASCII));
    }
  }

  private static void promtool(Path directory, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Processes.assumeAvailable("promtool").toString());
    command.addAll(List.of(arguments));
    try (RunningProcess process =
        Processes.start(new ProcessBuilder(command).directory(directory.toFile()))) {
      assertThat(process.awaitExit(PATIENCE)).as(process.output()).isZero();
    }
  }

  private static List<String> matches(String regex, String text) {
    Matcher matcher = Pattern.compile(regex).matcher(text);
    return matcher
        .results()
        .map(found -> found.groupCount() > 0 ? found.group(1) : found.group())
        .collect(Collectors.toList());
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException missing) {
      throw new java.io.UncheckedIOException(missing);
    }
  }

  private static Path docker() {
    Path at = Path.of("").toAbsolutePath();
    while (!Files.exists(at.resolve("docker/compose.yaml"))) {
      at = at.getParent();
      if (at == null) {
        throw new IllegalStateException(
            "docker/compose.yaml is in no directory above the working directory");
      }
    }
    return at.resolve("docker");
  }
}
