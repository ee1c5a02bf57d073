package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.TcpClient;
import io.terminator.testkit.TestCa;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Attacks on the admin API that must fail; the requests are written byte by byte. */
class AdminLimitsIT {
  private static final Pattern STATUS = Pattern.compile("HTTP/1\\.1 (\\d{3}) ");

  private EchoBackend backend;
  private RunningTerminator terminator;

  @BeforeEach
  void startBackend() {
    backend = EchoBackend.start();
  }

  @AfterEach
  void stop() {
    terminator.close();
    backend.close();
  }

  private void start(String limits) {
    TestCa ca = TestCa.create();
    terminator =
        RunningTerminator.start(
            ca,
            Map.of("localhost", ca.server("localhost")),
            "workers: 1\nlisteners:\n  - name: web\n    bind: \"127.0.0.1:0\"\n"
                + "    certificates: certs/\n    backend: app\n"
                + "backends:\n  app: { servers: [\"127.0.0.1:"
                + backend.port()
                + "\"] }\nadmin:\n  bind: \"127.0.0.1:0\"\n  limits: "
                + limits
                + "\n");
  }

  @Test
  void whatIsTooLargeOrWrongIsAProblemThatSaysWhere() throws IOException {
    start("{ headers: 2KiB, body: 4KiB }");
    String large = "x".repeat(5000);
    assertProblem(
        get("/livez", "X-Large: " + large),
        431,
        "headers: larger than 2KiB (admin.limits.headers)");
    assertProblem(get("/livez?" + "x".repeat(9000)), 414, "request line");
    assertProblem(
        put("/v1/certificates/x", "Content-Length: 5000\r\n\r\n" + large),
        413,
        "body: larger than 4KiB (admin.limits.body)");
    assertProblem(
        put(
            "/v1/certificates/x",
            "Transfer-Encoding: chunked\r\n\r\n1388\r\n" + large + "\r\n0\r\n\r\n"),
        413,
        "body: larger than 4KiB");
    assertProblem(
        put("/v1/certificates/x", "Content-Length: 90000\r\nExpect: 100-continue\r\n\r\n"),
        413,
        "body: larger");
    assertProblem(
        put(
            "/v1/certificates/x",
            "Content-Type: application/json\r\nContent-Length: 11\r\n\r\n{\n \"chain\":"),
        400,
        "body, line 2, column");
    assertProblem(
        put("/v1/certificates/x", "Transfer-Encoding: chunked\r\n\r\nnonsense\r\n\r\n"),
        400,
        "body: ");
    assertProblem(get("/v1/nothing"), 404, "there is no resource");
    String notAllowed = exchange("DELETE /v1/status HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assertProblem(notAllowed, 405, "method: DELETE; expected GET");
    assertThat(notAllowed.toLowerCase()).contains("\r\nallow: get, head\r\n");
    assertProblem(exchange("nonsense\r\n\r\n"), 400, "not HTTP/1.1");
    assertProblem(get("/v1/certificates/%zz"), 400, "uri: ");
    assertThat(statuses(get("/livez"))).containsExactly(200);
    assertCounted("problem", 11);
    assertCounted("done", 2);
  }

  @Test
  void anExpectationIsMetBeforeTheBodyComes() throws IOException {
    start("{}");
    try (TcpClient client = TcpClient.connect(admin())) {
      write(
          client,
          "POST /v1/config:check HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n"
              + "Content-Type: application/yaml\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n");
      assertThat(new String(client.readExactly(25), StandardCharsets.US_ASCII))
          .isEqualTo("HTTP/1.1 100 Continue\r\n\r\n");
      write(client, "a: 1\n");
      assertProblem(client.readToEnd().text(), 422, "is not a known key");
    }
  }

  @Test
  void pipelinedRequestsAreAnsweredInTheirOrder() throws IOException {
    start("{}");
    StringBuilder requests = new StringBuilder();
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      // The first of a pair takes much longer than the second.
      requests.append("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
      requests.append("GET /v1/none-").append(i).append(" HTTP/1.1\r\nHost: localhost\r\n\r\n");
      requests.append("HEAD /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
      expected.addAll(List.of("terminator_build_info{", "/v1/none-" + i + "\\", "text/plain"));
    }
    requests.append("GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    expected.add("\r\n\r\nready\n");
    String answers = exchange(requests.toString());
    assertThat(statuses(answers)).hasSize(91);
    int at = 0;
    for (String each : expected) {
      // AssertJ's containsSubsequence, a regular expression over megabytes, takes a minute.
      int found = answers.indexOf(each, at);
      assertThat(found).as("\"%s\" behind character %d", each, at).isNotNegative();
      at = found + each.length();
    }
  }

  @Test
  void slowRequestsAreCutOff() throws IOException {
    start("{ request: 2s }");
    try (TcpClient body = TcpClient.connect(admin());
        TcpClient drip = TcpClient.connect(admin());
        TcpClient silent = TcpClient.connect(admin())) {
      write(drip, "GET /livez HT");
      write(
          body, "PUT /v1/certificates/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nx");
      assertThat(silent.readToEnd().text()).isEmpty();
      assertThat(drip.readToEnd().text()).isEmpty();
      assertProblem(body.readToEnd().text(), 408, "did not arrive within");
    }
    assertCounted("late", 1);
  }

  @Test
  void connectionsAreLimitedAndComeFreeAgain() throws IOException {
    start("{ connections: 2 }");
    String request = "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n";
    try (TcpClient one = TcpClient.connect(admin());
        TcpClient two = TcpClient.connect(admin())) {
      for (TcpClient client : List.of(one, two)) {
        write(client, request);
        assertThat(new String(client.readExactly(12), StandardCharsets.US_ASCII)).endsWith("200");
      }
      try (TcpClient three = TcpClient.connect(admin())) {
        write(three, request);
        assertThat(new String(three.readExactly(12), StandardCharsets.US_ASCII)).endsWith("200");
        assertThat(one.readToEnd().text()).contains("ok\n");
        write(two, request.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
        assertThat(statuses(two.readToEnd().text())).containsExactly(200);
      }
    }
    org.awaitility.Awaitility.await()
        .atMost(RunningTerminator.PATIENCE)
        .ignoreExceptions()
        .until(() -> statuses(get("/livez")).equals(List.of(200)));
    assertThat(get("/metrics"))
        .containsPattern("terminator_admin_requests_total\\{result=\"surplus\",\\} [1-9]");
  }

  private void assertCounted(String result, int expected) throws IOException {
    assertThat(get("/metrics"))
        .contains("terminator_admin_requests_total{result=\"" + result + "\",} " + expected + ".0");
  }

  private java.net.InetSocketAddress admin() {
    return terminator.terminator().adminAddress();
  }

  private String get(String target, String... headers) throws IOException {
    StringBuilder request = new StringBuilder("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n");
    for (String header : headers) {
      request.append(header).append("\r\n");
    }
    return exchange(request + "Connection: close\r\n\r\n");
  }

  private String put(String target, String rest) throws IOException {
    return exchange(
        "PUT " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + rest);
  }

  private String exchange(String request) throws IOException {
    try (TcpClient client = TcpClient.connect(admin())) {
      write(client, request);
      if (!request.contains("Connection: close")) {
        client.finishOutput();
      }
      return client.readToEnd().text();
    }
  }

  private static void write(TcpClient client, String text) throws IOException {
    client.write(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static List<Integer> statuses(String answers) {
    List<Integer> statuses = new ArrayList<>();
    Matcher matcher = STATUS.matcher(answers);
    while (matcher.find()) {
      statuses.add(Integer.valueOf(matcher.group(1)));
    }
    return statuses;
  }

  private static void assertProblem(String answer, int status, String detail) {
    assertThat(statuses(answer)).as(answer).containsExactly(status);
    assertThat(answer).contains("application/problem+json", detail, "\"status\":" + status);
  }
}
