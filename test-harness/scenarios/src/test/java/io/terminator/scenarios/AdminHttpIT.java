package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.testkit.Credential;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.TcpClient;
import io.terminator.testkit.TestCa;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The admin API by RFC 9110 and RFC 9112; the requests are written byte by byte. */
class AdminHttpIT {
  private static final TestCa CA = TestCa.create();
  private static final String HOST = "Host: localhost\r\n";
  private static final String CERTIFICATE = "/v1/certificates/localhost";

  private static EchoBackend backend;
  private static RunningTerminator terminator;

  @BeforeAll
  static void start() {
    backend = EchoBackend.start();
    terminator =
        RunningTerminator.start(
            CA,
            Map.of("localhost", CA.server("localhost")),
            "workers: 1\nlisteners:\n  - name: web\n    bind: \"127.0.0.1:0\"\n"
                + "    certificates: certs/\n    backend: app\n"
                + "backends:\n  app: { servers: [\"127.0.0.1:"
                + backend.port()
                + "\"] }\nadmin:\n  bind: \"127.0.0.1:0\"\n");
  }

  @AfterAll
  static void stop() {
    terminator.close();
    backend.close();
  }

  @Test
  void everyRequestOfHttp11NamesOneHost() throws IOException {
    assertProblem(exchange("GET /livez HTTP/1.1\r\n", ""), 400, "Host: missing");
    assertProblem(exchange("GET /livez HTTP/1.1\r\n", "Host:\r\n"), 400, "Host: \\\"\\\"");
    assertProblem(exchange("GET /livez HTTP/1.1\r\n", "Host: a b\r\n"), 400, "Host: \\\"a b\\\"");
    assertProblem(exchange("GET /livez HTTP/1.1\r\n", "Host: a/b\r\n"), 400, "Host: \\\"a/b\\\"");
    assertProblem(exchange("GET /livez HTTP/1.1\r\n", HOST + HOST), 400, "Host: given more");
    assertStatus(exchange("GET /livez HTTP/1.0\r\n", ""), 200);
    assertStatus(exchange("GET /livez HTTP/1.1\r\n", "Host: [::1]:9443\r\n"), 200);
    assertStatus(exchange("\r\n\r\nGET /livez HTTP/1.1\r\n", HOST), 200);
  }

  @Test
  void otherVersionsOfHttpAreNotSpoken() throws IOException {
    for (String version : new String[] {"HTTP/2.0", "HTTP/3.0", "HTTP/0.9"}) {
      assertProblem(exchange("GET /livez " + version + "\r\n", HOST), 505, version);
    }
    // RFC 9110, section 6.2: a higher minor version is served as the highest one that is known.
    assertStatus(exchange("GET /livez HTTP/1.9\r\n", HOST), 200);
  }

  @Test
  void aTargetInAbsoluteFormIsTheSameResource() throws IOException {
    assertStatus(exchange("GET http://localhost/livez HTTP/1.1\r\n", HOST), 200);
    assertStatus(exchange("GET HTTP://localhost:1/livez?x=1 HTTP/1.1\r\n", HOST), 200);
    assertThat(exchange("GET http://localhost HTTP/1.1\r\n", HOST)).contains("<!doctype html>");
    assertStatus(exchange("GET https://127.0.0.1/v1/status HTTP/1.1\r\n", "Host: other\r\n"), 200);
    // The authority of the target counts, not Host: RFC 9112, section 3.2.2.
    assertProblem(
        exchange("GET http://rebound.example/v1/status HTTP/1.1\r\n", HOST),
        403,
        "rebound.example\\\" is not a loopback name");
    assertProblem(
        exchange("GET http:///v1/status HTTP/1.1\r\n", HOST), 400, "uri: \\\"http:///v1/status");
    assertProblem(exchange("GET ftp://localhost/livez HTTP/1.1\r\n", HOST), 400, "uri: \\\"ftp:");
    assertProblem(exchange("GET livez HTTP/1.1\r\n", HOST), 400, "uri: \\\"livez\\\"");
  }

  @Test
  void whatIsNotARequestIsRefusedInWordsOfTheField() throws IOException {
    String get = "GET /livez HTTP/1.1\r\n";
    for (String line : new String[] {"GET /livez FOO/1.1\r\n", "GET /livez\r\n", "\u0016\u0003"}) {
      assertProblem(exchange(line, HOST), 400, "request line: not HTTP/1.1; expected METHOD PATH");
    }
    for (String field :
        new String[] {
          ": x\r\n",
          "A b: x\r\n",
          "A: \u0001\r\n",
          "A : x\r\n",
          "A: x\n",
          "Content-Length: a\r\n",
          "Content-Length: 1, 2\r\n",
          "Transfer-Encoding: gzip\r\n",
          "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"
        }) {
      assertProblem(
          exchange(get, HOST + field), 400, "headers: not HTTP/1.1; expected NAME: VALUE");
    }
    for (String escape : new String[] {"%zz", "%z", "%"}) {
      for (String target : new String[] {"/v1/certificates/" + escape, "/v1/status?a=" + escape}) {
        assertProblem(
            exchange("GET " + target + " HTTP/1.1\r\n", HOST),
            400,
            "uri: a % without two hexadecimal digits; expected %25 for a percent sign");
      }
    }
  }

  @Test
  void aParameterIsGivenOnceAndHasOneOfItsValues() throws IOException {
    assertProblem(
        get("/v1/handshake-failures?blame=x"),
        400,
        "query.blame: \\\"x\\\"; expected one of client, backend, operator, terminator");
    assertProblem(
        get("/v1/handshake-failures?reason=x"), 400, "query.reason: \\\"x\\\"; expected one of ");
    assertStatus(get("/v1/handshake-failures?reason=handshake_timeout"), 200);
    assertStatus(get("/v1/handshake-failures?reason=client_left"), 200);
    assertProblem(
        get("/v1/explain?header=x"), 400, "query.header: expected a field as Name: value");
    assertProblem(
        get("/v1/connections?phase=x"),
        400,
        "query.phase: \\\"x\\\"; expected one of accept, handshake, route, connect, relay, close");
    assertProblem(get("/v1/clients/top?by=x"), 400, "query.by: \\\"x\\\"; expected one of ja4");
    assertProblem(
        get("/v1/handshake-failures?source=x"), 400, "query.source: \\\"x\\\"; expected an IPv4");
    assertProblem(
        get("/v1/connections?client=x"), 400, "query.client: \\\"x\\\"; expected an IPv4");
    assertProblem(get("/v1/connections?listener=x"), 404, "query.listener: no listener \\\"x\\\"");
    assertProblem(get("/v1/connections?backend=x"), 404, "query.backend: no backend \\\"x\\\"");
    assertProblem(
        get("/v1/handshake-failures?blame=client&blame=operator"),
        400,
        "query.blame: given 2 times; expected once");
    assertProblem(
        exchange(
            "PUT /v1/certificates/new?dry-run=true&dry-run=false HTTP/1.1\r\n",
            HOST + "Content-Length: 0\r\n"),
        400,
        "query.dry-run: given 2 times; expected once");
    assertStatus(get("/v1/handshake-failures?blame=client&source=::0001"), 200);
    assertStatus(get("/v1/connections?phase=relay&listener=web&backend=app"), 200);
  }

  @Test
  void aCertificateThatIsKnownIsNotSentAgain() throws IOException {
    String whole = get(CERTIFICATE);
    String tag = tag(whole);
    for (String list :
        new String[] {tag, "\"other\", " + tag, "W/" + tag, "*", "\"a,b\" ," + tag}) {
      String answer =
          exchange(
              "GET " + CERTIFICATE + " HTTP/1.1\r\n", HOST + "If-None-Match: " + list + "\r\n");
      assertStatus(answer, 304);
      assertThat(tag(answer)).isEqualTo(tag);
      assertThat(answer).endsWith("\r\n\r\n").doesNotContain("keyKind");
    }
    for (String list : new String[] {"\"other\"", "\"a," + tag.substring(1)}) {
      assertThat(
              exchange(
                  "GET " + CERTIFICATE + " HTTP/1.1\r\n", HOST + "If-None-Match: " + list + "\r\n"))
          .startsWith("HTTP/1.1 200 ")
          .contains("keyKind");
    }
    assertProblem(
        exchange("GET " + CERTIFICATE + " HTTP/1.1\r\n", HOST + "If-None-Match: abc\r\n"),
        400,
        "If-None-Match: not a list of entity tags; expected * or tags in quotes such as");
    // Only what has a tag can be known.
    assertStatus(exchange("GET /v1/status HTTP/1.1\r\n", HOST + "If-None-Match: *\r\n"), 200);
  }

  @Test
  void aChangeIsMadeIfOneOfTheTagsIsThatOfTheCertificate() throws IOException {
    String path = "/v1/certificates/tags";
    Credential one = CA.server("tags.example");
    assertStatus(put(path, one, "If-None-Match: *\r\n"), 200);
    assertProblem(put(path, one, "If-None-Match: *\r\n"), 412, "If-None-Match: *");
    String tag = tag(get(path));
    assertProblem(put(path, one, "If-Match: \"a\", \"b\"\r\n"), 412, "If-Match: ");
    // RFC 9110, section 13.1.1: a weak tag never matches here.
    assertProblem(put(path, one, "If-Match: W/" + tag + "\r\n"), 412, "If-Match: ");
    assertProblem(put(path, one, "If-Match: abc\r\n"), 400, "If-Match: not a list of entity tags");
    assertStatus(put(path, one, "If-Match: \"a\", " + tag + "\r\n"), 200);
    assertStatus(put(path, one, "If-Match: \"a\"\r\nIf-Match: " + tag(get(path)) + "\r\n"), 200);
    assertStatus(exchange("DELETE " + path + " HTTP/1.1\r\n", HOST + "If-Match: *\r\n"), 200);
  }

  @Test
  void theReasonOfARefusalIsNotAWarning() throws IOException {
    Credential fine = CA.server("a.example");
    Credential expired = CA.expired("a.example");
    for (String refused :
        new String[] {
          put("/v1/certificates/.hidden", fine, ""), put("/v1/certificates/old", expired, "")
        }) {
      assertProblem(refused, 422, "\"severity\":\"refused\"");
      assertThat(refused).doesNotContain("warning", "last_resort", "stays in service");
    }
    assertStatus(put("/v1/certificates/old", fine, ""), 200);
    assertProblem(put("/v1/certificates/old", expired, ""), 422, "stays in service");
    assertStatus(exchange("DELETE /v1/certificates/old HTTP/1.1\r\n", HOST), 200);
  }

  private static String put(String path, Credential credential, String fields) throws IOException {
    String body = credential.chainPem() + credential.keyPem();
    return exchange(
        "PUT " + path + " HTTP/1.1\r\n",
        HOST + fields + "Content-Length: " + body.length() + "\r\n",
        body);
  }

  private static String get(String target) throws IOException {
    return exchange("GET " + target + " HTTP/1.1\r\n", HOST);
  }

  private static String exchange(String line, String fields) throws IOException {
    return exchange(line, fields, "");
  }

  private static String exchange(String line, String fields, String body) throws IOException {
    try (TcpClient client = TcpClient.connect(terminator.terminator().adminAddress())) {
      String request = line + fields + "Connection: close\r\n\r\n" + body;
      client.write(request.getBytes(StandardCharsets.ISO_8859_1));
      return client.readToEnd().text();
    }
  }

  private static String tag(String answer) {
    Matcher tag = Pattern.compile("\r\netag: (\"[^\"]+\")\r\n").matcher(lower(answer));
    assertThat(tag.find()).as(answer).isTrue();
    return tag.group(1);
  }

  private static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }

  private static void assertStatus(String answer, int status) {
    assertThat(answer).startsWith("HTTP/1.1 " + status + " ");
  }

  private static void assertProblem(String answer, int status, String detail) {
    assertStatus(answer, status);
    assertThat(answer).contains("application/problem+json", detail);
  }
}
