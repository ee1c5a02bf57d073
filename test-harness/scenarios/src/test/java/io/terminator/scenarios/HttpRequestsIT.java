package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.terminator.admin.reload.ReloadOutcome;
import io.terminator.testkit.Credential;
import io.terminator.testkit.HttpBackend;
import io.terminator.testkit.ScriptedBackend;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsClient;
import io.terminator.testkit.TlsConnection;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Requests of one connection: each takes its own route, with the fields that the rules write. */
class HttpRequestsIT {
  private final TestCa ca = TestCa.create();
  private final Credential site = ca.server("localhost", "*.example", "api.example");
  private HttpBackend app;
  private ScriptedBackend api;
  private ScriptedBackend raw;

  @BeforeEach
  void startBackends() {
    app = HttpBackend.start();
    api =
        ScriptedBackend.start(
            client -> {
              while (true) {
                String head = client.readUntil("\r\n\r\n");
                String body = "api " + head;
                client.write(
                    "HTTP/1.1 200 OK\r\nServer: secret/1.0\r\nContent-Length: "
                        + body.length()
                        + "\r\n\r\n"
                        + body);
              }
            });
    raw =
        ScriptedBackend.start(
            client -> {
              client.readUntil("\n");
              client.write("raw\n");
              client.finishOutput();
              client.awaitEnd();
            });
  }

  @AfterEach
  void stopBackends() {
    app.close();
    api.close();
    raw.close();
  }

  private String yaml(String listener) {
    return """
    workers: 1
    listeners:
      - name: web
        bind: "127.0.0.1:0"
        certificates: certs/
    %s    backend: app
    backends:
      app: { servers: ["127.0.0.1:%d"] }
      api: { servers: ["127.0.0.1:%d"] }
      raw: { servers: ["127.0.0.1:%d"] }
    """
        .formatted(
            listener, app.address().getPort(), api.address().getPort(), raw.address().getPort());
  }

  private RunningTerminator start(String listener) {
    return RunningTerminator.start(ca, Map.of("localhost", site), yaml(listener));
  }

  private TlsConnection connect(RunningTerminator terminator) throws IOException {
    return TlsClient.trusting(ca)
        .serverName("localhost")
        .alpn("http/1.1")
        .connect(terminator.address());
  }

  /** Head and body of the response to one request on {@code connection}. */
  private static String ask(TlsConnection connection, String head) throws IOException {
    connection.write(head.replace("\n", "\r\n") + "\r\n\r\n");
    String response = connection.readUntil("\r\n\r\n");
    int length =
        Arrays.stream(response.split("\r\n"))
            .map(line -> line.toLowerCase(Locale.ROOT))
            .filter(line -> line.startsWith("content-length:"))
            .mapToInt(line -> Integer.parseInt(line.substring(15).strip()))
            .findFirst()
            .orElse(0);
    return response + new String(connection.readExactly(length), StandardCharsets.ISO_8859_1);
  }

  private static String ask(TlsConnection connection, String method, String host, String path)
      throws IOException {
    return ask(connection, method + " " + path + " HTTP/1.1\nHost: " + host);
  }

  @Test
  void aBackendLearnsTheClientAndNothingThatItInvents() throws Exception {
    try (RunningTerminator terminator =
            start(
                """
                    http:
                      forwarded: { style: both }
                      request-headers:
                        set: { X-Tls: "${tls.version} ${tls.cipher}", X-Cert: "${client.certificate.subject}" }
                        remove: [X-Debug]
                      response-headers: { set: { X-Id: "${request.id}" } }
                      hsts: { include-subdomains: true }
                """);
        TlsConnection connection = connect(terminator)) {
      int port = terminator.address().getPort();
      String response =
          ask(
              connection,
              "GET /head HTTP/1.1\nHost: localhost:"
                  + port
                  + "\nX-Forwarded-For: 6.6.6.6\nx_forwarded_for: 6.6.6.6\nForwarded: for=6.6.6.6"
                  + "\nX-Real-IP: 6.6.6.6\nX-Cert: CN=root\nX-Debug: 1\nX-Request-Id: mine"
                  + "\ntraceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");

      assertThat(response)
          .startsWith("HTTP/1.1 200")
          .contains("Strict-Transport-Security: max-age=31536000; includeSubDomains\r\n")
          .contains("\r\nHost: localhost:" + port + "\r\n")
          .contains("\r\nX-Forwarded-For: 127.0.0.1\r\n")
          .contains("\r\nX-Forwarded-Proto: https\r\n")
          .contains("\r\nX-Forwarded-Host: localhost:" + port + "\r\n")
          .contains("\r\nX-Forwarded-Port: " + port + "\r\n")
          .contains("\r\nForwarded: for=127.0.0.1;host=\"localhost:" + port + "\";proto=https\r\n")
          .contains("\r\nX-Tls: TLSv1.3 TLS_")
          .contains("\r\ntraceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n")
          .doesNotContain("6.6.6.6", "X-Cert", "X-Debug", "mine");
      String id = line(response, "X-Id");
      assertThat(id).matches("[0-9a-f]{32}");
      assertThat(line(response, "X-Request-Id")).isEqualTo(id);
    }
  }

  private static String line(String text, String name) {
    return Arrays.stream(text.split("\r\n"))
        .filter(line -> line.startsWith(name + ": "))
        .map(line -> line.substring(name.length() + 2))
        .findFirst()
        .orElse("");
  }

  @Test
  void eachRequestOfAConnectionTakesItsOwnRoute() throws Exception {
    try (RunningTerminator terminator =
            start(
                """
                    http: { response-headers: { remove: Server, set: { X-Id: "${request.id}" } } }
                    routes:
                      - { host: "*.example", path: /v2/, backend: api, rewrite: / }
                      - { method: [PUT, DELETE], backend: api }
                      - { header: { name: X-Canary, equals: "yes" }, backend: api }
                      - { path-exact: /healthz, respond: { body: "fine\\n" } }
                      - { path: /teapot, respond: { status: 418 } }
                      - { host: old.example, redirect: { to: "https://new.example", status: 301 } }
                """);
        TlsConnection connection = connect(terminator)) {
      assertThat(ask(connection, "GET", "API.example:8443", "/v2/users?q=1"))
          .startsWith("HTTP/1.1 200")
          .contains("api GET /users?q=1 HTTP/1.1\r\n")
          .doesNotContain("secret/1.0");
      assertThat(ask(connection, "GET", "localhost", "/head")).contains("GET /head HTTP/1.1");
      assertThat(ask(connection, "DELETE", "localhost", "/a")).contains("api DELETE /a HTTP/1.1");
      assertThat(ask(connection, "GET /head HTTP/1.1\nHost: localhost\nx-canary: yes"))
          .contains("api GET /head");
      assertThat(ask(connection, "GET", "localhost", "/healthz?x"))
          .startsWith("HTTP/1.1 200")
          .contains("\r\nContent-Type: text/plain; charset=utf-8\r\n")
          .endsWith("\r\n\r\nfine\n");
      String teapot = ask(connection, "GET", "localhost", "/teapot/a");
      assertThat(teapot).startsWith("HTTP/1.1 418");
      assertThat(line(teapot, "X-Id"))
          .as("an answer of Terminator's own has an id too")
          .matches("[0-9a-f]{32}")
          .isNotEqualTo(line(ask(connection, "GET", "localhost", "/teapot/a"), "X-Id"));
      assertThat(ask(connection, "GET", "old.example", "/a?b=c"))
          .startsWith("HTTP/1.1 301")
          .contains("\r\nLocation: https://new.example/a?b=c\r\n");
      assertThat(ask(connection, "GET", "localhost", "/head")).contains("GET /head HTTP/1.1");
      assertThat(
              terminator.metric(
                  "terminator_requests_total{listener=\"web\",backend=\"app\",method=\"read\",status=\"2xx\""))
          .isEqualTo(2);
      for (String[] row :
          new String[][] {
            {"route-0", "2xx", "1"},
            {"route-4", "4xx", "2"},
            {"route-4", "5xx", "0"},
            {"route-5", "3xx", "1"},
            {"default", "2xx", "2"}
          }) {
        assertThat(
                terminator.metric(
                    "terminator_route_requests_total{listener=\"web\",route=\""
                        + row[0]
                        + "\",status=\""
                        + row[1]
                        + "\""))
            .as(String.join(" ", row))
            .isEqualTo(Double.parseDouble(row[2]));
      }
      for (String[] row : new String[][] {{"route-4", "2"}, {"route-5", "1"}, {"default", "2"}}) {
        assertThat(
                terminator.metric(
                    "terminator_route_request_duration_seconds_count{listener=\"web\",route=\""
                        + row[0]
                        + "\""))
            .as("durations of %s", row[0])
            .isEqualTo(Double.parseDouble(row[1]));
      }
      JsonNode status = json(URI.create(terminator.terminator().adminUrl() + "/v1/status"));
      assertThat(status.path("requests").path("2xx").asInt()).isEqualTo(6);
      assertThat(status.path("requests").path("3xx").asInt()).isEqualTo(1);
      assertThat(status.path("requestsInFlight").asInt(-1)).isZero();
      assertThat(app.accepted()).as("kept between the requests").isEqualTo(1);
      assertThat(api.accepted()).as("kept between the requests").isEqualTo(1);
    }
  }

  @Test
  void aPathThatMeansTwoThingsReachesNoBackend() throws Exception {
    try (RunningTerminator terminator =
        start(
            """
                http: {}
                routes:
                  - { path: /admin, respond: { status: 403 } }
            """)) {
      for (String path :
          List.of("/x/../admin", "/x/%2e%2e/admin", "/x/..;/admin", "/x/..%2fadmin", "/%zz")) {
        try (TlsConnection connection = connect(terminator)) {
          assertThat(ask(connection, "GET", "localhost", path)).as(path).startsWith("HTTP/1.1 400");
        }
      }
      for (String path : List.of("/admin", "//admin", "/%61dmin/x", "/admin;a", "/admin%2fx")) {
        try (TlsConnection connection = connect(terminator)) {
          assertThat(ask(connection, "GET", "localhost", path)).as(path).startsWith("HTTP/1.1 403");
        }
      }
      assertThat(app.requests()).isEmpty();
    }
  }

  @Test
  void aListenerWithHttpStillRoutesConnections() throws Exception {
    try (RunningTerminator terminator =
        start(
            """
                http: {}
                tls: { alpn: [http/1.1, raw/1] }
                routes:
                  - { alpn: raw/1, mode: terminate, backend: raw }
            """)) {
      TlsClient client = TlsClient.trusting(ca).serverName("localhost");
      try (TlsConnection connection = client.alpn("raw/1").connect(terminator.address())) {
        connection.write("not HTTP at all\n");
        assertThat(connection.readToEnd().text()).isEqualTo("raw\n");
      }
      try (TlsConnection connection = connect(terminator)) {
        assertThat(ask(connection, "GET", "localhost", "/head")).startsWith("HTTP/1.1 200");
      }
      try (TlsConnection connection = client.connect(terminator.address())) {
        assertThat(ask(connection, "GET", "localhost", "/head"))
            .as("without ALPN it is HTTP/1.1")
            .startsWith("HTTP/1.1 200");
      }
    }
  }

  /** A host header must not pass by the client certificate that the host's policy demands. */
  @Test
  void aConnectionServesOnlyHostsOfItsTlsPolicy() throws Exception {
    TestCa clients = TestCa.create();
    String yaml =
        yaml(
            """
                http: {}
                policies:
                  - sni: bank.example
                    tls: { client-certificates: { mode: required, ca: clients.pem } }
            """);
    try (RunningTerminator terminator =
        RunningTerminator.start(
            ca, Map.of("localhost", site), yaml, Map.of("clients.pem", clients.rootPem()))) {
      try (TlsConnection connection = connect(terminator)) {
        assertThat(ask(connection, "GET", "bank.example", "/head")).startsWith("HTTP/1.1 421");
      }
      try (TlsConnection connection = connect(terminator)) {
        assertThat(ask(connection, "GET", "BANK.example.:443", "/head")).startsWith("HTTP/1.1 421");
      }
      try (TlsConnection connection = connect(terminator)) {
        assertThat(ask(connection, "GET", "other.example", "/head")).startsWith("HTTP/1.1 200");
      }
      TlsClient known =
          TlsClient.trusting(ca)
              .serverName("bank.example")
              .alpn("http/1.1")
              .presenting(clients.client("alice"));
      try (TlsConnection connection = known.connect(terminator.address())) {
        assertThat(ask(connection, "GET", "bank.example", "/head")).startsWith("HTTP/1.1 200");
      }
      JsonNode request = explained(terminator, "GET", "bank.example", "/").path("request");
      assertThat(request.path("status").asInt()).isEqualTo(421);
      assertThat(app.requests()).hasSize(2);
    }
  }

  @Test
  void aClientAboveItsRateIsToldWhenToComeBack() throws Exception {
    try (RunningTerminator terminator =
            start(
                """
                    http: {}
                    routes:
                      - { path: /head, rate-limit: { requests: 2, per: 1h, header: X-Key }, backend: app }
                """);
        TlsConnection connection = connect(terminator)) {
      for (int i = 0; i < 2; i++) {
        assertThat(ask(connection, "GET", "localhost", "/head")).startsWith("HTTP/1.1 200");
      }
      String refused = ask(connection, "GET", "localhost", "/head");
      assertThat(refused).startsWith("HTTP/1.1 429").endsWith("429 too many requests\n");
      assertThat(Integer.parseInt(line(refused, "Retry-After"))).isBetween(1700, 1800);
      assertThat(ask(connection, "GET /head HTTP/1.1\nHost: localhost\nX-Key: a"))
          .as("another client by its key, on the same connection")
          .startsWith("HTTP/1.1 200");
      assertThat(ask(connection, "GET", "localhost", "/other")).startsWith("HTTP/1.1 404");
      assertThat(app.requests()).hasSize(4);
      assertThat(terminator.metric("terminator_http_ends_total{reason=\"limited\"")).isEqualTo(1);
    }
  }

  @Test
  void aReloadGivesNoClientANewStart() throws Exception {
    String limited =
        "      - { path: /login, rate-limit: { requests: 2, per: 1h }, respond: { body: ok } }\n";
    String before = "    http: {}\n    routes:\n" + limited;
    try (RunningTerminator terminator = start(before)) {
      assertThat(statusOf(terminator, "/login")).isEqualTo("200");
      assertThat(statusOf(terminator, "/login")).isEqualTo("200");

      String other = "      - { path: /first, respond: { body: first } }\n";
      reload(terminator, before.replace(limited, other + limited).replace("ok", "changed"));
      assertThat(statusOf(terminator, "/first")).isEqualTo("200");
      assertThat(statusOf(terminator, "/login")).as("the same limit").isEqualTo("429");

      reload(terminator, before.replace("/login", "/logon"));
      assertThat(statusOf(terminator, "/logon")).as("other requests").isEqualTo("200");

      reload(terminator, before.replace("/login", "/logon").replace("requests: 2", "requests: 3"));
      assertThat(statusOf(terminator, "/logon")).isEqualTo("200");
      assertThat(statusOf(terminator, "/logon")).isEqualTo("200");
      assertThat(statusOf(terminator, "/logon")).as("another limit").isEqualTo("200");
      assertThat(statusOf(terminator, "/logon")).isEqualTo("429");
    }
  }

  private String statusOf(RunningTerminator terminator, String path) throws IOException {
    try (TlsConnection connection = connect(terminator)) {
      return ask(connection, "GET", "localhost", path).substring(9, 12);
    }
  }

  private void reload(RunningTerminator terminator, String listener) {
    terminator.rewrite(yaml(listener));
    assertThat(terminator.terminator().reload("test").result())
        .isEqualTo(ReloadOutcome.Result.APPLIED);
  }

  @Test
  void withoutARouteTheAnswerIs404() throws Exception {
    try (RunningTerminator terminator =
            RunningTerminator.start(
                ca,
                Map.of("localhost", site),
                yaml("    http: {}\n    routes: [{ path: /a, backend: app }]\n")
                    .replace("    backend: app\nbackends", "backends"));
        TlsConnection connection = connect(terminator)) {
      assertThat(ask(connection, "GET", "localhost", "/b")).startsWith("HTTP/1.1 404");
    }
  }

  @Test
  void aReloadChangesNewConnectionsAndCutsNone() throws Exception {
    String before = "    http: {}\n    routes: [{ path: /x, respond: { body: one } }]\n";
    try (RunningTerminator terminator = start(before);
        TlsConnection old = connect(terminator)) {
      assertThat(ask(old, "GET", "localhost", "/x")).endsWith("one");

      terminator.rewrite(yaml(before.replace("one", "two")));
      assertThat(terminator.terminator().reload("test").result())
          .isEqualTo(ReloadOutcome.Result.APPLIED);

      try (TlsConnection next = connect(terminator)) {
        assertThat(ask(next, "GET", "localhost", "/x")).endsWith("two");
      }
      assertThat(ask(old, "GET", "localhost", "/head"))
          .as("the last of this connection, so that its client comes back to the new routes")
          .startsWith("HTTP/1.1 200")
          .contains("\r\nConnection: close\r\n");
      assertThat(old.readToEnd().text()).isEmpty();
    }
  }

  @Test
  void theExampleDoesWhatItSays() throws Exception {
    String example =
        Files.readString(SourceTree.root().resolve("docker/config/http.yaml"))
            .replace("${BIND:-:8443}", "127.0.0.1:0")
            .replace("${ADMIN:-127.0.0.1:9443}", "127.0.0.1:0")
            .replace("${CERTIFICATES:-../../certs-sample/server/}", "certs/")
            .replace("127.0.0.1:8080", "127.0.0.1:" + app.address().getPort())
            .replace("127.0.0.1:8081", "127.0.0.1:" + api.address().getPort());
    try (RunningTerminator terminator =
            RunningTerminator.start(ca, Map.of("localhost", site), example);
        TlsConnection connection = connect(terminator)) {
      assertThat(ask(connection, "GET", "localhost", "/healthz")).endsWith("ok");
      assertThat(ask(connection, "GET", "localhost", "/old/a"))
          .startsWith("HTTP/1.1 301")
          .contains("\r\nLocation: /new\r\n");
      assertThat(ask(connection, "GET", "localhost", "/api/users"))
          .contains("api GET /users HTTP/1.1\r\n", "\r\nX-Tls: TLSv1.3 TLS_")
          .contains("\r\nStrict-Transport-Security: max-age=31536000\r\n")
          .doesNotContain("secret/1.0", "X-Client-Cert");
      assertThat(ask(connection, "GET", "localhost", "/head"))
          .contains("\r\nForwarded: for=127.0.0.1;host=localhost;proto=https\r\n");
    }
  }

  /** Explain and a real request agree, because one function decides for both. */
  @Test
  void explainSaysWhatARequestGets() throws Exception {
    try (RunningTerminator terminator =
            start(
                """
                    http: {}
                    routes:
                      - { name: api, host: api.example, path: /v2, backend: api, rewrite: /v3 }
                      - { name: moved, host: old.example, redirect: { to: "https://new.example" } }
                      - { name: ok, path: /ok, method: GET, respond: { body: ok } }
                """);
        TlsConnection connection = connect(terminator)) {
      record Case(String method, String host, String path, String route, String answer) {}
      for (Case each :
          List.of(
              new Case("GET", "api.example", "/v2/a", "api", "api GET /v3/a "),
              new Case("GET", "api.example", "/v2;x=1/a", "api", "api GET /v3/a "),
              new Case("GET", "old.example", "/a?b", "moved", "Location: https://new.example/a?b"),
              new Case("GET", "a.example", "/ok", "ok", "\r\n\r\nok"),
              new Case("POST", "a.example", "/ok", "default", "HTTP/1.1 404"),
              new Case("GET", "a.example", "/head", "default", "GET /head"))) {
        JsonNode request =
            explained(terminator, each.method(), each.host(), each.path()).path("request");
        assertThat(request.path("route").asText()).as(each.toString()).isEqualTo(each.route());
        String response = ask(connection, each.method(), each.host(), each.path());
        assertThat(response).as(each.toString()).contains(each.answer());
        if (!request.path("status").isNull()) {
          assertThat(response).startsWith("HTTP/1.1 " + request.path("status").asText());
        }
        if (!request.path("path").isNull() && each.route().equals("api")) {
          assertThat(response).contains(" " + request.path("path").asText() + " ");
        }
      }
      JsonNode refused = explained(terminator, "GET", "a.example", "/x/../ok").path("request");
      assertThat(refused.path("status").asInt()).isEqualTo(400);
      assertThat(refused.path("outcome").asText()).contains("segment");
      JsonNode skipped =
          explained(terminator, "GET", "a.example", "/head").path("request").path("routes");
      assertThat(skipped.path(0).path("route").asText())
          .isEqualTo("api: host [api.example], path /v2 or below -> api");
      assertThat(skipped.path(0).path("whyNot").asText())
          .isEqualTo("host: a.example is not among [api.example]");
    }
  }

  private static JsonNode explained(
      RunningTerminator terminator, String method, String host, String path) throws Exception {
    URI uri =
        URI.create(
            terminator.terminator().adminUrl()
                + "/v1/explain?sni=localhost&alpn=http/1.1&method="
                + method
                + "&host="
                + host
                + "&path="
                + URLEncoder.encode(path, StandardCharsets.UTF_8).replace("%3B", ";"));
    return json(uri).path("listeners").path(0);
  }

  private static JsonNode json(URI uri) throws Exception {
    String body =
        HttpClient.newHttpClient()
            .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
            .body();
    return new ObjectMapper().readTree(body);
  }
}
