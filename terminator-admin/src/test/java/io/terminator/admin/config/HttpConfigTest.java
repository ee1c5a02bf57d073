package io.terminator.admin.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.terminator.admin.config.format.Problem;
import io.terminator.core.connect.BackendConfig;
import io.terminator.core.connect.KeptConfig;
import io.terminator.core.connect.ServerProtocol;
import io.terminator.core.http.HttpConfig;
import io.terminator.core.http.HttpProtocol;
import io.terminator.core.http.exchange.ExchangeConfig;
import io.terminator.core.http.field.FieldConfig;
import io.terminator.core.http.field.FieldConfig.Edits;
import io.terminator.core.http.field.FieldConfig.Forwarded;
import io.terminator.core.http.field.FieldConfig.Hsts;
import io.terminator.core.http.field.FieldConfig.RequestId;
import io.terminator.core.http.field.FieldTemplate;
import io.terminator.core.http.route.HttpRouteConfig;
import io.terminator.core.http.route.HttpRouteConfig.FieldCondition;
import io.terminator.core.http.route.HttpRouteConfig.PathCondition;
import io.terminator.core.http.route.HttpRouteConfig.Redirect;
import io.terminator.core.http.route.HttpRouteConfig.Respond;
import io.terminator.core.http.route.HttpRouteConfig.ToBackend;
import io.terminator.core.route.RouteConfig;
import io.terminator.core.route.RouteMode;
import io.terminator.core.setting.Cidr;
import io.terminator.core.setting.DataSize;
import io.terminator.core.setting.HostPattern;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The keys of {@code http}: what they mean, and the message for each mistake. */
class HttpConfigTest {
  private static final String TOP =
      """
      listeners:
        - name: web
          bind: "127.0.0.1:8443"
          certificates: certs/
          backend: app
      """;

  private static final String BACKENDS =
      """
      backends:
        app: { servers: ["127.0.0.1:8080"] }
        raw: { servers: ["127.0.0.1:8081"], proxy-protocol: v1 }
      """;

  @TempDir Path directory;

  @BeforeEach
  void layOutFiles() throws IOException {
    Files.createDirectories(directory.resolve("certs"));
  }

  private ConfigFile.Loaded load(String listener) throws ConfigProblems {
    return new ConfigFile(Map.of("WORD", "wo${tls.sni}rd"))
        .read("t.yaml", directory, (TOP + listener + BACKENDS).getBytes(StandardCharsets.UTF_8));
  }

  private ServiceConfig service(String listener) throws ConfigProblems {
    return load(listener).config().services().get(0);
  }

  private HttpConfig http(String listener) throws ConfigProblems {
    return Objects.requireNonNull(service(listener).http());
  }

  @Test
  void anEmptyMapTakesTheDefaults() throws ConfigProblems {
    ServiceConfig service = service("    http: {}\n");

    assertThat(service.http())
        .isEqualTo(
            new HttpConfig(
                List.of(HttpProtocol.values()),
                FieldConfig.DEFAULT,
                ExchangeConfig.DEFAULT,
                true,
                List.of(HttpRouteConfig.toAll("app"))));
    assertThat(service.tls().alpn()).containsExactly("h2", "http/1.1", "http/1.0");
    assertThat(service.allRoutes()).containsExactly(RouteConfig.allHttp());
  }

  @Test
  void withoutHttpNothingChanges() throws ConfigProblems {
    ServiceConfig service = service("");

    assertThat(service.http()).isNull();
    assertThat(service.tls().alpn()).isEmpty();
    assertThat(service.allRoutes()).containsExactly(RouteConfig.toAll("app"));
  }

  @Test
  void readsEveryKey() throws ConfigProblems {
    HttpConfig http =
        http(
            """
                http:
                  protocols: [http/1.1]
                  forwarded: { mode: append, style: both }
                  trusted-proxies: 10.0.0.0/8
                  request-id: { mode: any, field: X-Trace }
                  request-headers:
                    set: { X-Cert: "s=${client.certificate.subject}, $${x}", X-Env: "${WORD}" }
                    add: { X-Two: "2" }
                    remove: [X-Three]
                  response-headers: { remove: [Server, X-Powered-By] }
                  hsts: { max-age: 730d, include-subdomains: true, preload: true }
                  limits: { head: 32KiB, headers: 50, streams: 10, body: 1MiB }
                  deadlines: { head: 1s, answer: 2s, body: 3s, keep-alive: 4s }
                  host-check: policy
            """);

    assertThat(http)
        .isEqualTo(
            new HttpConfig(
                List.of(HttpProtocol.HTTP_1_1),
                new FieldConfig(
                    new Forwarded(Forwarded.Mode.APPEND, Forwarded.Style.BOTH),
                    List.of(Cidr.parse("10.0.0.0/8")),
                    new RequestId("X-Trace", RequestId.Mode.ANY),
                    new Edits(
                        Map.of(
                            "X-Cert",
                            FieldTemplate.parse("s=${client.certificate.subject}, $${x}"),
                            // Text from the environment is text.
                            "X-Env",
                            FieldTemplate.parse("wo$${tls.sni}rd")),
                        Map.of("X-Two", FieldTemplate.parse("2")),
                        List.of("X-Three")),
                    new Edits(Map.of(), Map.of(), List.of("Server", "X-Powered-By")),
                    new Hsts(Duration.ofDays(730), true, true)),
                new ExchangeConfig(
                    new ExchangeConfig.Limits(DataSize.ofKiB(32), 50, 10, DataSize.ofMiB(1)),
                    new ExchangeConfig.Deadlines(
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(3),
                        Duration.ofSeconds(4))),
                false,
                List.of(HttpRouteConfig.toAll("app"))));
  }

  @Test
  void readsRoutesOfRequestsAndOfConnections() throws ConfigProblems {
    ServiceConfig service =
        service(
            """
                http: {}
                tls: { alpn: [h2, http/1.1, postgresql] }
                routes:
                  - { alpn: postgresql, mode: terminate, backend: raw }
                  - { sni: old.example, mode: passthrough, backend: raw }
                  - { name: api, host: "*.api.example", path: /v2/, method: [GET, PURGE], header: [X-A, { name: X-B, equals: "1" }], backend: app, rewrite: / }
                  - { source: 10.0.0.0/8, path-exact: /healthz, respond: { body: "ok" } }
                  - { host: old.example, redirect: { to: "https://new.example" } }
            """);

    RouteConfig all = RouteConfig.allHttp();
    assertThat(Objects.requireNonNull(service.http()).routes())
        .containsExactly(
            new HttpRouteConfig(
                "api",
                all,
                List.of(HostPattern.parse("*.api.example")),
                new PathCondition("/v2/", false),
                List.of("GET", "PURGE"),
                List.of(new FieldCondition("X-A", null), new FieldCondition("X-B", "1")),
                new ToBackend("app", "/")),
            new HttpRouteConfig(
                "route-3",
                new RouteConfig(
                    List.of(), List.of(), List.of(Cidr.parse("10.0.0.0/8")), RouteMode.HTTP, null),
                List.of(),
                new PathCondition("/healthz", true),
                List.of(),
                List.of(),
                new Respond(200, "ok", "text/plain; charset=utf-8")),
            new HttpRouteConfig(
                "route-4",
                all,
                List.of(HostPattern.parse("old.example")),
                null,
                List.of(),
                List.of(),
                new Redirect("https://new.example", 308)),
            HttpRouteConfig.toAll("app"));
    assertThat(service.allRoutes())
        .extracting(RouteConfig::mode)
        .containsExactly(
            RouteMode.TERMINATE,
            RouteMode.PASSTHROUGH,
            RouteMode.HTTP,
            RouteMode.HTTP,
            RouteMode.HTTP,
            RouteMode.HTTP);
  }

  @Test
  void readsKeptConnections() throws ConfigProblems {
    ConfigFile.Loaded loaded =
        new ConfigFile(Map.of())
            .read(
                "t.yaml",
                directory,
                (TOP
                        + "backends:\n  app: { servers: [\"a:1\"], protocol: h2c, kept: { per-server: 0, idle: 5s } }\n")
                    .getBytes(StandardCharsets.UTF_8));
    BackendConfig app = Objects.requireNonNull(loaded.config().backends().get("app"));
    assertThat(app.kept()).isEqualTo(new KeptConfig(0, Duration.ofSeconds(5)));
    assertThat(app.protocol()).isEqualTo(ServerProtocol.H2C);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "h2c, tls: on | \"h2c\" is without TLS",
        "h2 | \"h2\" is over TLS",
        "h2, tls: { alpn: [http/1.1] } | \"h2\" is not among tls.alpn"
      })
  void refusesAProtocolThatTheTlsToServersDoesNotFit(String keys, String expected) {
    ConfigProblems problems =
        catchThrowableOfType(
            ConfigProblems.class,
            () ->
                new ConfigFile(Map.of())
                    .read(
                        "t.yaml",
                        directory,
                        (TOP + "backends:\n  app: { servers: [\"a:1\"], protocol: " + keys + " }\n")
                            .getBytes(StandardCharsets.UTF_8)));
    assertThat(problems.problems())
        .singleElement()
        .asString()
        .startsWith("t.yaml:7 backends.app.protocol: " + expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "sticky: {} | sticky.cookie: is missing",
        "sticky: { cookie: 'a b' } | sticky.cookie: \"a b\"",
        "sticky: { cookie: a, secret: too-short } | sticky.secret: has fewer than 16 characters",
        "sticky: { cookie: a, same-site: some } | sticky.same-site: \"some\"",
        "outlier: { errors: 0 } | outlier.errors: \"0\"",
        "outlier: { status: 700 } | outlier.status: \"700\"",
        "outlier: { grpc-status: [unavailabel] } | outlier.grpc-status[0]: \"unavailabel\"",
        "outlier: { grpc-status: [] } | outlier.grpc-status"
      })
  void refusesMistakesInBackends(String keys, String expected) {
    ConfigProblems problems =
        catchThrowableOfType(
            ConfigProblems.class,
            () ->
                new ConfigFile(Map.of())
                    .read(
                        "t.yaml",
                        directory,
                        (TOP + "backends:\n  app: { servers: [\"a:1\"], " + keys + " }\n")
                            .getBytes(StandardCharsets.UTF_8)));
    assertThat(problems.problems())
        .singleElement()
        .asString()
        .startsWith("t.yaml:7 backends.app." + expected)
        .doesNotContain("too-short");
  }

  /** Lines below the listener, from line 6, and the one problem that they cause. */
  record Row(String lines, int line, String path, List<String> words) {
    @Override
    public String toString() {
      return lines.strip();
    }
  }

  private static Row row(String lines, int line, String path, String... words) {
    return new Row(lines, line, path, List.of(words));
  }

  private static Row inHttp(String lines, String path, String... words) {
    return row("    http:\n      " + lines + "\n", 7, "listeners[0].http." + path, words);
  }

  private static Row route(String route, String path, String... words) {
    return row(
        "    http: {}\n    routes:\n      - { " + route + " }\n",
        8,
        "listeners[0].routes[0]" + path,
        words);
  }

  static Stream<Row> mistakes() {
    return Stream.of(
        inHttp("protocols: [h3]", "protocols[0]", "\"h3\"", "h2 or http/1.1"),
        inHttp("protocols: []", "protocols", "empty list"),
        inHttp("forwarded: { mode: on }", "forwarded.mode", "off, set or append"),
        inHttp("forwarded: { style: xff }", "forwarded.style", "x-forwarded"),
        inHttp("trusted-proxies: [10.0.0.1/8]", "trusted-proxies[0]", "beyond its prefix"),
        inHttp("request-id: { field: \"a b\" }", "request-id.field", "field name"),
        inHttp(
            "request-headers: { set: { \"X Y\": a } }",
            "request-headers.set.\"X Y\"",
            "a field name of letters"),
        inHttp(
            "request-headers: { set: { X-A: \"${tls.sny}\" } }",
            "request-headers.set.X-A",
            "a variable that does not exist",
            "${tls.sni}"),
        inHttp(
            "request-headers: { set: { X-A: \"${NOPE}\" } }",
            "request-headers.set.X-A",
            "the environment has no NOPE"),
        inHttp(
            "request-headers: { set: { X-A: \"a\\nX-B: b\" } }",
            "request-headers.set.X-A",
            "a character that a field value cannot have"),
        inHttp(
            "request-headers: { set: { Content-Length: \"1\" } }",
            "request-headers.set.Content-Length",
            "belongs to the connection or to the framing"),
        inHttp(
            "response-headers: { remove: [transfer-encoding] }",
            "response-headers.remove",
            "belongs to the connection"),
        inHttp(
            "request-headers: { add: { x-forwarded-for: \"1.2.3.4\" } }",
            "request-headers.add.x-forwarded-for",
            "forwarded writes x-forwarded-for",
            "forwarded.mode to off"),
        inHttp("hsts: { preload: true }", "hsts.preload", "include-subdomains"),
        inHttp("limits: { head: 1MiB }", "limits.head", "256KiB"),
        inHttp("deadlines: { head: 0 }", "deadlines.head", "duration"),
        inHttp("gzip: true", "gzip", "not a known key"),
        route("path: v2, backend: app", ".path", "decoded path"),
        route("path: /a/../b, backend: app", ".path", "dot segments"),
        route("path: /a%20b, backend: app", ".path", "decoded path"),
        route("path: /a, path-exact: /b, backend: app", ".path-exact", "together with path"),
        route("host: \"a*.example\", backend: app", ".host", "host name"),
        route("method: \"GET POST\", backend: app", ".method", "a method such as GET"),
        route("header: \"X A\", backend: app", ".header", "field name"),
        route("path: /a", ".backend", "is missing", "redirect or respond"),
        route(
            "path: /a, backend: app, respond: { body: a }",
            ".respond",
            "together with backend",
            "remove one"),
        route(
            "path: /a, redirect: { to: /b }, respond: { body: a }",
            ".respond",
            "together with redirect"),
        route("path: /a, redirect: { to: \"ftp://b\" }", ".redirect.to", "https://host"),
        route("path: /a, redirect: { to: \"//evil\" }", ".redirect.to", "https://host"),
        route("path: /a, redirect: { to: \"b\", status: 303 }", ".redirect.to", "https://host"),
        route("path: /a, redirect: { to: /b, status: 200 }", ".redirect.status", "307 or 308"),
        route("path: /a, respond: { status: 100 }", ".respond.status", "200 to 599"),
        route(
            "path: /a, respond: { status: 204, body: a }", ".respond.body", "no body with status"),
        route("path-exact: /a, backend: app, rewrite: /", ".rewrite", "no path"),
        route("path: /a, backend: app, rewrite: b", ".rewrite", "such as / or /app"),
        route("path: /a, backend: app, rate-limit: { per: 1m }", ".rate-limit.requests", "missing"),
        route(
            "path: /a, backend: app, rate-limit: { requests: 0 }",
            ".rate-limit.requests",
            "from 1 to"),
        route("name: default, path: /a, backend: app", ".name", "of the listener's backend"),
        route("mode: terminate, sni: a, path: /a, backend: app", ".path", "applies to requests"),
        route("mode: passthrough, sni: a, backend: app, rewrite: /", ".rewrite", "no path"),
        row(
            "    routes:\n      - { path: /a, backend: app }\n",
            7,
            "listeners[0].routes[0].path",
            "a listener with http",
            "add \"http: {}\""),
        row(
            "    routes:\n      - { mode: http, sni: a, backend: app }\n",
            7,
            "listeners[0].routes[0].mode",
            "the listener has no http"),
        row(
            "    http: {}\n    routes:\n      - { path: /a, backend: app }\n"
                + "      - { path: /a/b, method: GET, redirect: { to: /c } }\n",
            9,
            "listeners[0].routes[1]",
            "can never match: routes[0] takes all of its requests"),
        row(
            "    http: {}\n    routes:\n      - { path: /a, backend: app }\n"
                + "      - { sni: b, mode: terminate, backend: raw }\n",
            9,
            "listeners[0].routes[1]",
            "can never match: routes[0] takes all of its clients"),
        row(
            "    http: {}\n    routes:\n      - { respond: { body: a } }\n",
            5,
            "listeners[0].backend",
            "can never be reached"),
        row(
            "    http: {}\n    routes:\n      - { name: a, path: /a, backend: app }\n"
                + "      - { name: a, path: /b, backend: app }\n",
            9,
            "listeners[0].routes[1].name",
            "the name of routes[0]"),
        row(
            "    http: { protocols: [http/1.1] }\n    tls: { alpn: [h2, http/1.1] }\n",
            7,
            "listeners[0].tls.alpn",
            "\"h2\" is negotiated, and nothing speaks it"),
        row(
            "    http: {}\n    routes:\n      - { path: /a, backend: raw }\n",
            8,
            "backends.raw.proxy-protocol",
            "names one client",
            "per-server 0"));
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  void namesLinePathAndExpectation(Row row) {
    ConfigProblems problems = catchThrowableOfType(ConfigProblems.class, () -> load(row.lines));

    assertThat(problems).as("problems of the file").isNotNull();
    String text = problems.problems().stream().map(Problem::toString).toList().toString();
    assertThat(problems.problems()).as(text).hasSize(1);
    assertThat(text).contains(row.words);
    assertThat(problems.problems().get(0).path()).isEqualTo(row.path);
    if (!row.path.startsWith("backends")) {
      assertThat(problems.problems().get(0).line()).as(text).isEqualTo(row.line);
    }
  }

  @ParameterizedTest
  @MethodSource("doubts")
  void warnsAboutWhatWorksButHelpsNobody(Row row) throws ConfigProblems {
    List<Problem> warnings = load(row.lines).warnings();

    assertThat(warnings).hasSize(1);
    assertThat(warnings.get(0).line()).isEqualTo(row.line);
    assertThat(warnings.get(0).path()).isEqualTo(row.path);
    assertThat(warnings.get(0).toString()).contains(row.words);
  }

  static Stream<Row> doubts() {
    return Stream.of(
        inHttp("forwarded: { mode: append }", "forwarded", "append does the same as set"),
        row(
            "    http:\n      trusted-proxies: 10.0.0.0/8\n      request-id: { mode: new }\n",
            7,
            "listeners[0].http.trusted-proxies",
            "has no effect"),
        route("path: /a, redirect: { to: /a/b }", "", "redirects to a URL that it matches"),
        route(
            "host: \"*.example\", redirect: { to: \"https://new.example\" }",
            "",
            "redirects to a URL that it matches"));
  }

  @Test
  void doesNotWarnAboutARedirectThatLeavesItsRoute() throws ConfigProblems {
    assertThat(
            load("""
                        http: {}
                        routes:
                          - { host: old.example, redirect: { to: "https://new.example" } }
                          - { path-exact: /, redirect: { to: /start/ } }
                          - { path: /old, redirect: { to: "https://old.example/new" } }
                    """)
                .warnings())
        .isEmpty();
  }
}
