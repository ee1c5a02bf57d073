package io.terminator.scenarios;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.core.observe.Counted;
import io.terminator.core.observe.Series;
import io.terminator.core.phase.CloseReason;
import io.terminator.core.route.Server;
import io.terminator.core.worker.Worker;
import io.terminator.testkit.ClientCrowd;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.TcpClient;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsClient;
import io.terminator.testkit.TlsConnection;
import io.terminator.testkit.TlsVersion;
import io.terminator.tls.certificate.credential.CredentialProblem;
import io.terminator.tls.certificate.credential.CredentialProblem.Kind;
import io.terminator.tls.certificate.credential.CredentialProblem.Severity;
import io.terminator.tls.certificate.credential.ReportedProblem;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;

/** Metrics for alerts exist under their documented names, with labels from closed sets. */
class MetricsIT {
  private static final int CONNECTIONS = 500;
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  /** The documented series, as a scraper sees them; renaming one breaks existing dashboards. */
  private static final List<String> PROMISED =
      List.of(
          "terminator_connections_active{listener=",
          "terminator_connections_total{listener=",
          "terminator_bytes_total{listener=\"web\",backend=\"app\",direction=",
          "terminator_tls_handshakes_total{",
          "terminator_tls_handshake_duration_seconds_bucket{",
          "terminator_phase_duration_seconds_bucket{listener=\"web\",backend=\"app\",phase=\"relay\"",
          "terminator_close_total{listener=\"web\",backend=\"app\",reason=\"",
          "terminator_read_pauses_total{listener=\"web\",backend=\"app\",reason=",
          "terminator_read_resumes_total{listener=\"web\",backend=\"app\",reason=",
          "terminator_frames{state=\"used\"",
          "terminator_frames_high_watermark ",
          "terminator_outbound_buffer_bytes{direction=",
          "terminator_direct_writes_total ",
          "terminator_deferred_writes_total ",
          "terminator_worker_loop_lag_seconds{worker=\"0\"",
          "terminator_log_flushes_total ",
          "terminator_log_flush_bytes_total ",
          "terminator_log_flush_duration_seconds_total ",
          "terminator_log_dropped_total ",
          "terminator_log_buffer_bytes ",
          "terminator_certificate_not_after_timestamp_seconds{certificate=\"localhost\"",
          "terminator_certificate_not_before_timestamp_seconds{certificate=\"localhost\"",
          "terminator_terminating_listeners 1.0",
          "terminator_certificate_problems{severity=\"refused\",} 0.0",
          "terminator_certificate_problems{severity=\"last_resort\",} 0.0",
          "terminator_certificate_problems{severity=\"warning\",} ",
          "terminator_tls_contexts_live 1.0",
          "terminator_config_reloads_total{result=\"refused\"",
          "terminator_backend_connections_active{backend=\"app\"",
          "terminator_backend_connections_total{backend=\"app\"",
          "terminator_backend_connect_failures_total{backend=\"app\"",
          "terminator_backend_ejections_total{backend=\"app\"",
          "terminator_backend_response_errors_total{backend=\"app\"",
          "terminator_backend_checks_total{backend=\"app\"",
          "terminator_backend_check_failures_total{backend=\"app\"",
          "terminator_build_info{",
          "jvm_memory_used_bytes{",
          "jvm_gc_pause_seconds_count{gc=",
          "jvm_gc_pause_seconds_sum{gc=",
          "process_resident_memory_bytes ",
          "process_files_open_files ",
          "process_cpu_seconds_total ",
          "process_open_fds ",
          "process_max_fds ",
          "process_virtual_memory_bytes ",
          "process_start_time_seconds ",
          "netty_allocator_memory_used{");

  @Test
  void everyPromisedNameIsThereAfterOneConnection() throws Exception {
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator = RunningTerminator.before(backend.address())) {
      try (TlsConnection connection = terminator.client().connect(terminator.address())) {
        connection.write("ping");
        assertThat(connection.readExactly(4)).asString().isEqualTo("ping");
      }
      terminator.awaitNoConnection();
      String scrape = scrape(terminator.terminator().adminAddress().getPort());
      assertThat(scrape).contains(PROMISED);
    }
  }

  @Test
  void trafficIsCountedByListenerAndBackend() throws Exception {
    TestCa ca = TestCa.create();
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator =
            RunningTerminator.start(
                ca,
                Map.of("localhost", ca.server("localhost")),
                """
                workers: 2
                listeners:
                  - name: web
                    bind: "127.0.0.1:0"
                    certificates: certs/
                    routes: [{ sni: localhost, backend: app }]
                    backend: other
                  - { name: idle, bind: "127.0.0.1:0", certificates: certs/, backend: app }
                backends:
                  app: { servers: ["127.0.0.1:%d"] }
                  other: { servers: ["127.0.0.1:%d"] }
                """
                    .formatted(backend.port(), backend.port()))) {
      // Zero from the start: rate() does not see the first increment of a series that appears with
      // it.
      Scrape before = new Scrape(terminator.metrics());
      for (String pair :
          List.of(
              "listener=\"web\",backend=\"app\"",
              "listener=\"web\",backend=\"other\"",
              "listener=\"idle\",backend=\"app\"")) {
        assertThat(before.sum("terminator_close_total{" + pair + ",reason=\"client_closed\"}"))
            .as(pair)
            .isZero();
      }
      for (String size : List.of("a", "bb", "ccc")) {
        try (TlsConnection connection = terminator.client().connect(terminator.address())) {
          connection.write(size);
          connection.readExactly(size.length());
        }
      }
      terminator.client().serverName("b.example").connect(terminator.address()).close();
      TcpClient.connect(terminator.address()).close();
      terminator.awaitCloses(CloseReason.PROBE, 1);
      terminator.awaitNoConnection();

      Scrape scrape = new Scrape(terminator.metrics());
      String app = "{listener=\"web\",backend=\"app\",";
      String other = "{listener=\"web\",backend=\"other\",";
      String none = "{listener=\"web\",backend=\"\",";
      assertThat(scrape.sum("terminator_close_total" + app)).isEqualTo(3);
      assertThat(scrape.sum("terminator_close_total" + other)).isEqualTo(1);
      assertThat(scrape.sum("terminator_close_total" + none)).isEqualTo(1);
      assertThat(scrape.sum("terminator_close_total" + none + "reason=\"probe\"")).isEqualTo(1);
      assertThat(scrape.sum("terminator_close_total{listener=\"idle\"")).isZero();
      for (String direction : List.of("in", "out")) {
        String bytes = "terminator_bytes_total%sdirection=\"" + direction + "\",side=\"%s\"";
        assertThat(scrape.sum(bytes.formatted(app, "plain"))).isEqualTo(6);
        assertThat(scrape.sum(bytes.formatted(app, "backend"))).isEqualTo(6);
        assertThat(scrape.sum(bytes.formatted(app, "client"))).isGreaterThan(6);
        assertThat(scrape.sum(bytes.formatted(other, "plain"))).isZero();
        assertThat(scrape.sum(bytes.formatted(none, "plain"))).isEqualTo(-1);
        // The handshakes of four connections, before their backends were chosen.
        assertThat(scrape.sum(bytes.formatted(none, "client"))).isGreaterThan(1000);
      }
      String phase = "terminator_phase_duration_seconds_count%sphase=\"%s\"";
      assertThat(scrape.sum(phase.formatted(none, "handshake"))).isEqualTo(5);
      assertThat(scrape.sum(phase.formatted(app, "relay"))).isEqualTo(3);
      assertThat(scrape.sum(phase.formatted(other, "connect"))).isEqualTo(1);
      String pauses = "terminator_read_%s_total%sreason=\"setup\"";
      assertThat(scrape.sum(pauses.formatted("pauses", app))).isEqualTo(3);
      assertThat(scrape.sum(pauses.formatted("resumes", app))).isEqualTo(3);
      assertThat(terminator.metrics()).doesNotContain("listener=\"\"");
    }
  }

  /** Enums as a package declares them; the metrics code does not know them. */
  private enum ListenerDish implements Counted {
    EATEN;

    @Override
    public Series series() {
      return Series.counter("listener_dishes", "Dishes.").with("taste", "sour");
    }
  }

  private enum ServerDish implements Counted {
    EATEN,
    LEFT;

    @Override
    public Series series() {
      return Series.gauge("server_dishes", "Dishes.").with("state", name());
    }
  }

  private enum PairDish implements Counted {
    EATEN;

    @Override
    public Series series() {
      return Series.counter("pair_dishes", "Dishes.");
    }
  }

  @Test
  void aPackageCountsForListenersServersAndBackendsUnderItsOwnEnum() throws Exception {
    TestCa ca = TestCa.create();
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator =
            RunningTerminator.start(
                ca,
                Map.of("localhost", ca.server("localhost")),
                """
                workers: 2
                listeners: [{ name: web, bind: "127.0.0.1:0", certificates: certs/, backend: app }]
                backends: { app: { servers: ["127.0.0.1:%d"] } }
                """
                    .formatted(backend.port()))) {
      Server server = terminator.terminator().pools().get(0).servers().get(0);
      for (Worker worker : terminator.terminator().workers().workers()) {
        worker.execute(
            () -> {
              worker.listenerCounters("web").of(ListenerDish.class).add(ListenerDish.EATEN, 2);
              server.counters(worker).of(ServerDish.class).add(ServerDish.EATEN, 3);
              worker.traffic("web").to("app").of(PairDish.class).add(PairDish.EATEN, 5);
            });
      }
      await()
          .untilAsserted(
              () ->
                  assertThat(terminator.metrics())
                      .contains(
                          "# TYPE terminator_listener_dishes_total counter",
                          "terminator_listener_dishes_total{listener=\"web\",taste=\"sour\",} 4.0",
                          "# TYPE terminator_server_dishes gauge",
                          "terminator_server_dishes{backend=\"app\",server=\"%s\",state=\"EATEN\",} 6.0"
                              .formatted(server.name()),
                          "state=\"LEFT\",} 0.0",
                          "terminator_pair_dishes_total{listener=\"web\",backend=\"app\",} 10.0"));
    }
  }

  @Test
  void everyProblemOfACertificateIsCountedByItsSeverity() throws Exception {
    TestCa ca = TestCa.create();
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator =
            RunningTerminator.start(
                ca,
                Map.of(
                    "localhost", ca.server("localhost"),
                    "old", ca.expired("old.example"),
                    "bare", ca.server("bare.example").withoutIssuers(),
                    "broken", ca.wrongKey("broken.example")),
                """
                workers: 1
                listeners: [{ name: web, bind: "127.0.0.1:0", certificates: certs/, backend: app }]
                backends: { app: { servers: ["127.0.0.1:%d"] } }
                """
                    .formatted(backend.port()))) {
      List<CredentialProblem> problems =
          terminator.terminator().certificateProblems().stream()
              .map(ReportedProblem::problem)
              .toList();
      assertThat(problems)
          .extracting(CredentialProblem::kind)
          .contains(Kind.WRONG_KEY, Kind.EXPIRED, Kind.MISSING_INTERMEDIATE);
      for (Severity severity : Severity.values()) {
        long count = problems.stream().filter(each -> each.severity() == severity).count();
        assertThat(count).isPositive();
        assertThat(terminator.metrics())
            .contains(
                "terminator_certificate_problems{severity=\"%s\",} %d.0"
                    .formatted(severity.name().toLowerCase(Locale.ROOT), count));
      }
    }
  }

  @Test
  void eachListenerWithoutACertificateIsNamed() throws Exception {
    TestCa ca = TestCa.create();
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator =
            RunningTerminator.start(
                ca,
                Map.of("localhost", ca.server("localhost")),
                """
                workers: 1
                listeners:
                  - { name: web, bind: "127.0.0.1:0", certificates: certs/, backend: app }
                  - { name: mail, bind: "127.0.0.1:0", certificates: [{ chain: none.crt, key: none.key }], backend: app }
                  - name: passed
                    bind: "127.0.0.1:0"
                    routes: [{ sni: passed.example, mode: passthrough, backend: app }]
                backends: { app: { servers: ["127.0.0.1:%d"] } }
                """
                    .formatted(backend.port()),
                Map.of("none.crt", "nothing", "none.key", "nothing"))) {
      String series = "terminator_listener_certificate_usable{listener=\"";
      assertThat(terminator.metrics())
          .contains(series + "web\",} 1.0", series + "mail\",} 0.0")
          .doesNotContain(series + "passed");
      assertThat(terminator.call("GET", "/v1/status", 200).path("listenersWithoutCertificate"))
          .singleElement()
          .satisfies(listener -> assertThat(listener.asText()).isEqualTo("mail"));
    }
  }

  @Test
  void anInstanceThatPassesAllTlsThroughNeedsNoCertificate() throws Exception {
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator =
            RunningTerminator.start(
                TestCa.create(),
                Map.of(),
                """
                workers: 1
                listeners:
                  - name: web
                    bind: "127.0.0.1:0"
                    routes: [{ sni: passed.example, mode: passthrough, backend: app }]
                backends: { app: { servers: ["127.0.0.1:%d"] } }
                """
                    .formatted(backend.port()))) {
      assertThat(terminator.metrics())
          .contains("terminator_certificates 0.0", "terminator_terminating_listeners 0.0");
    }
  }

  @Test
  void theDurationOfHandshakesCountsThoseThatWereCompleted() throws Exception {
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator =
            RunningTerminator.before(
                backend.address(), "    deadlines: { client-hello: 1s, handshake: 2s }\n")) {
      for (int i = 0; i < 5; i++) {
        TcpClient.connect(terminator.address()).close();
      }
      try (TcpClient refused = TcpClient.connect(terminator.address());
          TcpClient silent = TcpClient.connect(terminator.address())) {
        refused.write(new byte[] {22, 9, 9, 0, 1, 1});
        refused.readToEnd();
        silent.readToEnd();
      }
      terminator.awaitCloses(CloseReason.PROBE, 5);
      terminator.awaitCloses(CloseReason.CLIENT_HELLO_TIMEOUT, 1);
      String count =
          "terminator_tls_handshake_duration_seconds_count{listener=\"web\",resumed=\"%s\",} %s.0";
      assertThat(terminator.metrics())
          .contains(count.formatted("false", 0), count.formatted("true", 0));

      TlsClient client = terminator.client().only(TlsVersion.TLS_1_2);
      for (int i = 0; i < 2; i++) {
        try (TlsConnection connection = client.connect(terminator.address())) {
          connection.write("ping");
          connection.readExactly(4);
        }
      }
      assertThat(terminator.metrics())
          .contains(count.formatted("false", 1), count.formatted("true", 1));
    }
  }

  /** Accept fields of Prometheus 2.45, 3.x and 3.x that scrapes native histograms. */
  private static final List<String> PROMETHEUS =
      List.of(
          "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
              + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
          "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
              + "application/openmetrics-text;version=0.0.1;q=0.5,"
              + "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
          "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,"
              + "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
              + "application/openmetrics-text;version=0.0.1;q=0.4,"
              + "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1");

  /** What {@code scrape_protocols: [PrometheusText1.0.0, PrometheusText0.0.4]} sends. */
  private static final String TEXT_ONLY =
      "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1";

  @Test
  void aScraperChoosesFormatAndCompression() throws Exception {
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator = RunningTerminator.before(backend.address())) {
      int port = terminator.terminator().adminAddress().getPort();
      for (String accept : PROMETHEUS) {
        assertThat(get(port, "Accept", accept).headers().firstValue("content-type"))
            .as(accept)
            .hasValue("application/openmetrics-text; version=1.0.0; charset=utf-8");
      }
      HttpResponse<byte[]> open = get(port, "Accept", PROMETHEUS.get(0));
      assertThat(new String(open.body(), UTF_8))
          .endsWith("# EOF\n")
          .contains("# TYPE terminator_connections counter", "terminator_connections_total{");
      assertThat(
              Pattern.compile("(?m)^# TYPE (\\S+) ")
                  .matcher(new String(open.body(), UTF_8))
                  .results()
                  .map(family -> family.group(1)))
          .hasSizeGreaterThan(60)
          .doesNotHaveDuplicates();

      for (String accept :
          List.of(
              "*/*",
              "text/plain",
              TEXT_ONLY,
              "application/openmetrics-text;q=0.1,text/plain;q=0.9")) {
        HttpResponse<byte[]> text = get(port, "Accept", accept);
        assertThat(text.headers().firstValue("content-type").orElse(""))
            .as(accept)
            .isEqualTo("text/plain; version=0.0.4; charset=utf-8");
        assertThat(new String(text.body(), UTF_8)).doesNotContain("# EOF");
        assertThat(text.headers().firstValue("content-encoding")).isEmpty();
      }

      HttpResponse<byte[]> packed = get(port, "Accept-Encoding", "br, gzip;q=0.8");
      assertThat(packed.headers().firstValue("content-encoding")).hasValue("gzip");
      assertThat(packed.body().length).isLessThan(open.body().length / 4);
      byte[] unpacked = new GZIPInputStream(new ByteArrayInputStream(packed.body())).readAllBytes();
      assertThat(new String(unpacked, UTF_8)).contains("terminator_build_info{");
      assertThat(get(port, "Accept-Encoding", "gzip;q=0").headers().firstValue("content-encoding"))
          .isEmpty();
    }
  }

  private static HttpResponse<byte[]> get(int port, String... headers) throws Exception {
    return HTTP.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics"))
            .headers(headers)
            .build(),
        HttpResponse.BodyHandlers.ofByteArray());
  }

  @Test
  void noClientCanMakeALabel() throws Exception {
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator = RunningTerminator.before(backend.address())) {
      for (int i = 0; i < 5; i++) {
        terminator
            .client()
            .serverName("chosen-by-a-client-" + i + ".example")
            .alpn("chosen-too-" + i, "http/1.1")
            .connect(terminator.address())
            .close();
      }
      terminator.awaitNoConnection();
      assertThat(scrape(terminator.terminator().adminAddress().getPort()))
          .doesNotContain("chosen-");
    }
  }

  @Test
  void aScrapeDoesNotGrowWithTheNumberOfConnections() throws Exception {
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator = RunningTerminator.before(backend.address())) {
      try (TlsConnection first = terminator.client().connect(terminator.address())) {
        first.write("ping");
        first.readExactly(4);
        List<String> withOne = series(terminator.metrics());
        try (ClientCrowd crowd = ClientCrowd.open(terminator.address(), CONNECTIONS, new byte[0])) {
          crowd.awaitSettled(RunningTerminator.PATIENCE);
          await()
              .atMost(RunningTerminator.PATIENCE)
              .until(
                  () ->
                      terminator.metric("terminator_connections_active{listener=\"web\"}")
                          == CONNECTIONS + 1);
          assertThat(series(terminator.metrics())).isEqualTo(withOne);
        }
      }
    }
  }

  /** The names and labels of the appliance's own series, in order. */
  private static List<String> series(String scrape) {
    return scrape
        .lines()
        .filter(line -> line.startsWith("terminator_"))
        .map(line -> line.substring(0, line.lastIndexOf(' ')))
        .toList();
  }

  private static String scrape(int port) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics")).build();
    return HTTP.send(request, HttpResponse.BodyHandlers.ofString()).body();
  }
}
