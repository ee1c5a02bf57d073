package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.terminator.admin.reload.ReloadOutcome;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.Ports;
import io.terminator.testkit.Processes;
import io.terminator.testkit.RunningProcess;
import io.terminator.testkit.TcpClient;
import io.terminator.testkit.TestCa;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Plain HTTP next to the listeners: redirects, ACME challenges, and requests for neither. */
class PlainHttpIT {
  private static final String SEEN = "terminator_http_requests_total{result=\"%s\",} %d.0";

  @TempDir Path elsewhere;

  private RunningTerminator terminator;
  private Path challenges;

  @BeforeEach
  void start() throws IOException {
    challenges = Files.createDirectory(elsewhere.resolve("acme"));
    TestCa ca = TestCa.create();
    terminator =
        RunningTerminator.start(ca, Map.of("localhost", ca.server("localhost")), yaml(http("")));
  }

  @AfterEach
  void stop() {
    terminator.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "GET / HTTP/1.1|Host: example.com|https://example.com/",
        "GET /a/b%20c?d=e&f=//g HTTP/1.1|Host: example.com:8080|https://example.com/a/b%20c?d=e&f=//g",
        "GET //other.example/ HTTP/1.1|Host: example.com|https://example.com//other.example/",
        "POST /form HTTP/1.1|Host: a-b_c.example|https://a-b_c.example/form",
        "HEAD / HTTP/1.0|Host: 192.0.2.1|https://192.0.2.1/",
        "GET /x HTTP/1.1|Host: [2001:db8::1]:80|https://[2001:db8::1]/x",
        "GET http://shop.example?x HTTP/1.1|Host: ignored.example|https://shop.example/?x",
      })
  void sendsOnToTheSamePlaceOverHttps(String line, String header, String location)
      throws Exception {
    String answer = exchange(line + "\r\n" + header + "\r\nConnection: close\r\n\r\n");
    assertThat(answer).startsWith("HTTP/1.1 308 Permanent Redirect\r\n");
    assertThat(answer).containsIgnoringCase("\r\nlocation: " + location + "\r\n");
    assertCounted("redirect", 1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost:\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: user@evil.example\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a:port\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: <script>\r\n\r\n",
        "GET example.com HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET https://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
        "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /\u00e4 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "GET / HTTP/2.0\r\nHost: a\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "no request\r\n\r\n",
        "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\r\n\r\n",
      })
  void refusesWhatNamesNoPlace(String request) throws Exception {
    assertThat(exchange(request)).startsWith("HTTP/1.1 400 Bad Request\r\n").contains("close");
    assertCounted("bad", 1);
    assertCounted("redirect", 0);
  }

  @Test
  void curlFollowsTheRedirect() throws Exception {
    String curl = Processes.assumeAvailable("curl").toString();
    int port = Objects.requireNonNull(terminator.terminator().httpAddress()).getPort();
    try (RunningProcess run =
        Processes.start(
            curl,
            "-sS",
            "-o",
            "/dev/null",
            "-w",
            "%{http_code} %{redirect_url}",
            "--resolve",
            "shop.example:" + port + ":127.0.0.1",
            "http://shop.example:" + port + "/cart?id=7")) {
      run.awaitExit(RunningTerminator.PATIENCE);
      assertThat(run.output()).contains("308 https://shop.example/cart?id=7");
    }
  }

  @Test
  void keepsAConnectionForRequestsThatFollow() throws Exception {
    Files.writeString(challenges.resolve("t1"), "one");
    String several =
        exchange(
            get("/a", "")
                + get("/.well-known/acme-challenge/t1", "")
                + get("/b", "")
                + get("/c", "Connection: close\r\n"));
    assertThat(several.split("HTTP/1.1 308", -1)).hasSize(4);
    assertThat(several).contains("/a\r\n").contains("one").contains("/b\r\n").contains("/c\r\n");
    // A body that comes behind the answer must not reset it.
    String body = "x".repeat(100_000);
    assertThat(
            exchange(
                "POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: "
                    + body.length()
                    + "\r\n\r\n"
                    + body))
        .startsWith("HTTP/1.1 308")
        .containsIgnoringCase("connection: close");
  }

  @Test
  void answersChallengesAndNothingElse() throws Exception {
    Files.writeString(
        challenges.resolve("evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA"), "key.thumb");
    String answer = challenge("evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA");
    assertThat(answer)
        .startsWith("HTTP/1.1 200 OK\r\n")
        .containsIgnoringCase("content-type: application/octet-stream")
        .endsWith("\r\n\r\nkey.thumb");
    assertThat(
            exchange(
                "HEAD /.well-known/acme-challenge/evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA"
                    + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 200 OK\r\n")
        .containsIgnoringCase("content-length: 9")
        .endsWith("\r\n\r\n");
    assertCounted("challenge", 2);

    // Inside, as mounted volumes are made.
    Path volume = Files.createDirectory(challenges.resolve("..2026"));
    Files.writeString(volume.resolve("linked"), "linked.thumb");
    Files.createSymbolicLink(challenges.resolve("linked"), Path.of("..2026", "linked"));
    assertThat(challenge("linked")).endsWith("linked.thumb");

    Files.writeString(elsewhere.resolve("secret"), "SECRET");
    Files.createSymbolicLink(challenges.resolve("out"), elsewhere.resolve("secret"));
    Files.createDirectory(challenges.resolve("folder"));
    Files.writeString(challenges.resolve("large"), "x".repeat(4097));
    Files.writeString(challenges.resolve("a.txt"), "SECRET");
    Path pipe = challenges.resolve("pipe");
    try (RunningProcess make = Processes.start("mkfifo", pipe.toString())) {
      make.awaitExit(RunningTerminator.PATIENCE);
    }
    List<String> asked =
        List.of(
            "out",
            "folder",
            "large",
            "pipe",
            "a.txt",
            "none",
            "",
            ".",
            "..",
            "../secret",
            "%2e%2e/secret",
            "..%2fsecret",
            "..\\secret",
            "linked?x",
            "linked/",
            "/linked",
            "x".repeat(129));
    for (String token : asked) {
      assertThat(challenge(token))
          .as(token)
          .startsWith("HTTP/1.1 404 Not Found\r\n")
          .doesNotContain("SECRET", "xxx");
    }
    assertCounted("missing", asked.size());
    assertThat(
            exchange(
                "POST /.well-known/acme-challenge/linked HTTP/1.1\r\nHost: a\r\n"
                    + "Content-Length: 0\r\n\r\n"))
        .startsWith("HTTP/1.1 405")
        .containsIgnoringCase("allow: GET, HEAD");
  }

  @Test
  void limitsWhatAClientCanTake() throws Exception {
    reload(http("limits: { connections: 2, headers: 1KiB, request: 400ms }"));
    assertThat(exchange("GET /" + "x".repeat(2000) + " HTTP/1.1\r\nHost: a\r\n\r\n"))
        .startsWith("HTTP/1.1 414");
    assertThat(exchange("GET / HTTP/1.1\r\nHost: a\r\nX: " + "x".repeat(2000) + "\r\n\r\n"))
        .startsWith("HTTP/1.1 431");
    // Every byte comes in time, the request does not.
    try (TcpClient slow = TcpClient.connect(address())) {
      slow.write("GET / HTTP/1.1\r\n".getBytes(StandardCharsets.US_ASCII));
      assertThat(slow.readToEnd().bytes()).isEmpty();
    }
    assertCounted("late", 1);
    reload(http("limits: { connections: 2, request: 1m }"));
    try (TcpClient one = TcpClient.connect(address());
        TcpClient two = TcpClient.connect(address())) {
      assertThat(exchange(one, get("/", ""))).startsWith("HTTP/1.1 308");
      assertThat(exchange(two, get("/", ""))).startsWith("HTTP/1.1 308");
      try (TcpClient three = TcpClient.connect(address())) {
        assertThat(three.readToEnd().bytes()).isEmpty();
      }
      assertCounted("surplus", 1);
    }
    await()
        .atMost(RunningTerminator.PATIENCE)
        .ignoreExceptions()
        .until(() -> exchange(get("/", "Connection: close\r\n")).startsWith("HTTP/1.1 308"));
  }

  @Test
  void aReloadChangesItsSettingsAndMovesAndEndsIt() throws Exception {
    InetSocketAddress before = address();
    try (TcpClient kept = TcpClient.connect(before)) {
      assertThat(exchange(kept, get("/a", ""))).contains("https://a/a\r\n");
      reload("http: { bind: \"127.0.0.1:0\", https-port: 8443 }\n");
      assertThat(address()).isEqualTo(before);
      assertThat(exchange(kept, get("/b", ""))).contains("https://a:8443/b\r\n");
    }
    assertThat(challenge("none")).contains("https://a:8443/.well-known/acme-challenge/none\r\n");

    // The address is in use: the new configuration is refused as a whole, and the old one stays
    // active.
    try (EchoBackend somebody = EchoBackend.start()) {
      terminator.rewrite(
          yaml(
              "http: { bind: \"127.0.0.1:"
                  + somebody.address().getPort()
                  + "\", https-port: 1 }\n"));
      ReloadOutcome refused = terminator.terminator().reload("test");
      assertThat(refused.result()).isEqualTo(ReloadOutcome.Result.REFUSED);
      assertThat(refused.problems().get(0).toString())
          .contains("http.bind", "in use", "change http.bind");
    }
    assertThat(exchange(get("/c", "Connection: close\r\n"))).contains("https://a:8443/c\r\n");

    int port = Ports.free();
    reload("http: { bind: \"127.0.0.1:" + port + "\" }\n");
    assertThat(address().getPort()).isEqualTo(port);
    assertThat(exchange(get("/d", "Connection: close\r\n"))).contains("https://a/d\r\n");
    assertRefused(before);
    reload("");
    assertThat(terminator.terminator().httpAddress()).isNull();
    assertRefused(new InetSocketAddress("127.0.0.1", port));
  }

  @Test
  void stopsAcceptingInADrain() throws Exception {
    InetSocketAddress address = address();
    terminator.rewrite(yaml(http("")) + "drain: { accept-grace: 0s, window: 0s }\n");
    assertThat(terminator.terminator().reload("test").result())
        .isEqualTo(ReloadOutcome.Result.APPLIED);
    try (TcpClient kept = TcpClient.connect(address)) {
      assertThat(exchange(kept, get("/a", ""))).startsWith("HTTP/1.1 308");
      terminator.terminator().drain();
      assertRefused(address);
      assertThat(exchange(kept, get("/b", ""))).startsWith("HTTP/1.1 308");
    }
  }

  private static void assertRefused(InetSocketAddress address) {
    assertThatThrownBy(() -> TcpClient.connect(address)).isInstanceOf(IOException.class);
  }

  private void reload(String http) {
    terminator.rewrite(yaml(http));
    assertThat(terminator.terminator().reload("test").result())
        .isEqualTo(ReloadOutcome.Result.APPLIED);
  }

  private String http(String more) {
    return "http:\n  bind: \"127.0.0.1:0\"\n  challenges: \"" + challenges + "\"\n  " + more + "\n";
  }

  private static String yaml(String http) {
    return "workers: 1\n"
        + http
        + "listeners:\n  - { name: web, bind: \"127.0.0.1:0\", certificates: certs/, backend: app }\n"
        + "backends: { app: { servers: [\"127.0.0.1:9\"] } }\n";
  }

  private void assertCounted(String result, long count) {
    await()
        .atMost(RunningTerminator.PATIENCE)
        .untilAsserted(
            () -> assertThat(terminator.metrics()).contains(SEEN.formatted(result, count)));
  }

  private InetSocketAddress address() {
    return Objects.requireNonNull(terminator.terminator().httpAddress());
  }

  private String challenge(String token) throws IOException {
    return exchange(get("/.well-known/acme-challenge/" + token, "Connection: close\r\n"));
  }

  private static String get(String target, String headers) {
    return "GET " + target + " HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n";
  }

  private String exchange(String request) throws IOException {
    try (TcpClient client = TcpClient.connect(address())) {
      client.write(request.getBytes(StandardCharsets.ISO_8859_1));
      return client.readToEnd().text();
    }
  }

  /** Reads a response without a body; the connection stays open. */
  private static String exchange(TcpClient client, String request) throws IOException {
    client.write(request.getBytes(StandardCharsets.US_ASCII));
    StringBuilder answer = new StringBuilder();
    while (answer.indexOf("\r\n\r\n") < 0) {
      answer.append(new String(client.readExactly(1), StandardCharsets.US_ASCII));
    }
    return answer.toString();
  }
}
