package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.terminator.admin.lifecycle.State;
import io.terminator.admin.reload.ReloadOutcome;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.TcpClient;
import io.terminator.testkit.TestCa;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Requests every operation that the admin API lists without permission: without a token, with the
 * read-only token, and from a page of another site. The requests are written byte by byte, because
 * an attacker is not bound by a browser's rules.
 */
class NobodyInIT {
  private static final String FULL = "full-token-0123456789abcdef";
  private static final String LOOK = "look-token-0123456789abcdef";
  private static final String BEARER = "Authorization: Bearer ";
  private static final Pattern STATUS = Pattern.compile("^HTTP/1\\.1 (\\d{3}) ");
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path secrets;
  private EchoBackend backend;
  private RunningTerminator terminator;

  /** {@code access} as in the list: health, open, read, full or change. */
  private record Operation(String method, String path, String access) {
    boolean isOpen() {
      return access.equals("health") || access.equals("open");
    }

    boolean needsFullRole() {
      return access.equals("full") || access.equals("change");
    }
  }

  @BeforeEach
  void startBackend() throws IOException {
    backend = EchoBackend.start();
    for (String token : List.of(FULL, LOOK)) {
      Path file = Files.writeString(secrets.resolve(token.substring(0, 4)), token);
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }
  }

  @AfterEach
  void stop() {
    terminator.close();
    backend.close();
  }

  private void start(String admin) {
    TestCa ca = TestCa.create();
    terminator =
        RunningTerminator.start(ca, Map.of("localhost", ca.server("localhost")), yaml(admin));
  }

  private String yaml(String admin) {
    return "workers: 1\nlisteners:\n  - name: web\n    bind: \"127.0.0.1:0\"\n"
        + "    certificates: certs/\n    backend: app\n"
        + "backends:\n  app: { servers: [\"127.0.0.1:"
        + backend.port()
        + "\"] }\nadmin: { bind: \"127.0.0.1:0\", "
        + admin.replace("@", secrets + "/")
        + " }\n";
  }

  @Test
  void noOperationIsForNobody() throws Exception {
    start("token-file: @full, read-only-token-file: @look");
    for (Operation each : operations()) {
      int status = status(ask(each, "localhost"));
      if (each.isOpen()) {
        assertThat(status).as("%s", each).isIn(200, 404);
        assertThat(status(ask(each, "localhost", "Content-Length: 100000")))
            .as("%s with a body", each)
            .isEqualTo(413);
      } else {
        assertThat(status).as("%s", each).isEqualTo(401);
        assertThat(status(ask(each, "localhost", BEARER + "no-token-0123456789abcdef")))
            .as("%s with a wrong token", each)
            .isEqualTo(401);
      }
    }
    assertUntouched();
  }

  @Test
  void theReadOnlyTokenReadsAndNoMore() throws Exception {
    start("token-file: @full, read-only-token-file: @look");
    for (Operation each : operations()) {
      int status = status(ask(each, "localhost", BEARER + LOOK));
      if (each.needsFullRole()) {
        assertThat(status).as("%s", each).isEqualTo(403);
      } else {
        assertThat(status).as("%s", each).isIn(200, 404);
      }
    }
    assertThat(operations()).filteredOn(Operation::needsFullRole).hasSizeGreaterThan(12);
    assertUntouched();
  }

  @Test
  void noPageOfAnotherSiteGetsIn() throws Exception {
    start("token-file: @full");
    refusesPages(BEARER + FULL);
    assertUntouched();
    terminator.close();

    start("limits: {}");
    refusesPages("X-None: none");
    for (Operation each : operations()) {
      assertThat(status(ask(each, "evil.example:9443")))
          .as("%s by another name", each)
          .isEqualTo(each.access().equals("health") ? 200 : 403);
    }
    assertUntouched();
  }

  private void refusesPages(String credential) throws Exception {
    List<String> pages =
        List.of(
            "Origin: https://evil.example",
            "Origin: null",
            "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors",
            "Sec-Fetch-Site: same-site\r\nSec-Fetch-Mode: cors",
            "Sec-Fetch-Site: same-site\r\nOrigin: http://localhost");
    for (Operation each : operations()) {
      for (String page : pages) {
        assertThat(status(ask(each, "localhost", credential, page)))
            .as("%s from %s", each, page)
            .isEqualTo(each.access().equals("health") ? 200 : 403);
      }
      if (each.isOpen()) {
        assertThat(
                status(
                    ask(
                        each,
                        "localhost",
                        credential,
                        "Sec-Fetch-Site: cross-site",
                        "Sec-Fetch-Mode: navigate")))
            .as("%s by a link", each)
            .isIn(200, 404);
      }
      if (each.needsFullRole() && each.method().equals("POST")) {
        for (String type :
            List.of("text/plain", "multipart/form-data; boundary=x", "Text/Plain; charset=utf-8")) {
          assertThat(status(ask(each, "localhost", credential, "Content-Type: " + type)))
              .as("%s as %s", each, type)
              .isEqualTo(415);
        }
      }
    }
  }

  @Test
  void theDashboardsOwnRequestsAreServed() throws Exception {
    start("limits: {}");
    Operation reopen = new Operation("POST", "/v1/log:reopen", "change");
    String host = "127.0.0.1:" + terminator.terminator().adminAddress().getPort();

    assertThat(status(ask(reopen, host, "Origin: http://" + host))).isEqualTo(200);
    assertThat(status(ask(reopen, host, "Sec-Fetch-Site: same-origin", "Origin: http://" + host)))
        .isEqualTo(200);
    assertThat(status(ask(reopen, "LocalHost:1"))).isEqualTo(200);
    assertThat(status(ask(reopen, "[::1]:1"))).isEqualTo(200);
    assertThat(status(ask(reopen, "localhost\r\nHost: localhost"))).isEqualTo(400);
  }

  @Test
  void whatIsRepeatedToAnOperatorHasNoControlCharacters() throws Exception {
    start("token-file: @full");
    for (String path :
        List.of(
            "/v1/explain?source=%1b[2J%0aok",
            "/v1/connections?limit=%1b[2J%0aok",
            "/v1/certificates?expires-within=%1b[2J%0aok",
            "/v1/certificates/%1b[2J%0aok",
            "/v1/%1b[2J%0aok",
            "/v1/status?%1b[2J%0aok=1")) {
      String answer = ask(new Operation("GET", path, "read"), "localhost", BEARER + FULL);
      assertThat(status(answer)).as(path).isIn(400, 404);
      assertThat(JSON.readTree(body(answer)).path("detail").asText())
          .as(path)
          .doesNotContainPattern("[\\p{Cc}\\p{Cf}]");
    }
  }

  @Test
  void aCandidateTellsNothingOfFilesAndVariables() throws Exception {
    start("token-file: @full, read-only-token-file: @look");
    Path stranger = Files.writeString(secrets.resolve("stranger"), "a-secret-of-the-disk\n");
    String base = yaml("token-file: @full, read-only-token-file: @look");

    assertThat(status(check(base, LOOK))).isEqualTo(403);
    assertThat(status(check(base, FULL))).isEqualTo(200);
    // Of the running configuration, but no list of addresses.
    String token = check(withDenyFile(base, secrets.resolve("full")), FULL);
    assertThat(status(token)).isEqualTo(422);
    assertThat(token).contains("line 1 is neither an address nor a network").doesNotContain(FULL);
    String file = check(withDenyFile(base, stranger), FULL);
    Files.delete(stranger);
    String missing = check(withDenyFile(base, stranger), FULL);
    assertThat(body(file)).isEqualTo(body(missing)).contains("is not a path that the running");
    assertThat(check(withDenyFile(base, Path.of("/dev/zero")), FULL))
        .contains("is not a path that");
    String variable = check(base + "workers: \"${PATH}\"\n", FULL);
    assertThat(status(variable)).isEqualTo(422);
    assertThat(variable).doesNotContain(System.getenv("PATH"));
    assertUntouched();
  }

  @Test
  void aFileThatNeverEndsOrNeverBeginsIsRefused() throws Exception {
    start("token-file: @full");
    Path config = terminator.directory().resolve("terminator.yaml");
    String good = Files.readString(config);
    Files.delete(config);
    assertThat(new ProcessBuilder("mkfifo", config.toString()).start().waitFor()).isZero();

    ReloadOutcome fifo = terminator.terminator().reload("test");
    assertThat(fifo.result()).isEqualTo(ReloadOutcome.Result.REFUSED);
    assertThat(fifo.problems().toString()).contains("is not a regular file");

    Files.delete(config);
    Files.createSymbolicLink(config, Path.of("/dev/zero"));
    assertThat(terminator.terminator().reload("test").problems().toString())
        .contains("is not a regular file");
    Files.delete(config);
    Files.writeString(config, withDenyFile(good, Path.of("/dev/zero")));
    assertThat(terminator.terminator().reload("test").problems().toString())
        .contains("is not a regular file");

    Files.writeString(config, good);
    assertThat(terminator.terminator().reload("test").result())
        .isEqualTo(ReloadOutcome.Result.UNCHANGED);
  }

  @Test
  void clientsWithoutATokenHoldNoSlotAgainstAnOperator() throws Exception {
    start("token-file: @full, limits: { connections: 8 }");
    String look = "GET /v1/status HTTP/1.1\r\nHost: localhost\r\n" + BEARER + FULL + "\r\n\r\n";
    List<TcpClient> idle = new ArrayList<>();
    try (TcpClient operator = TcpClient.connect(terminator.terminator().adminAddress())) {
      write(operator, look);
      assertThat(new String(operator.readExactly(12), StandardCharsets.US_ASCII)).endsWith("200");
      for (int i = 0; i < 40; i++) {
        TcpClient client = TcpClient.connect(terminator.terminator().adminAddress());
        idle.add(client);
        write(client, i % 2 == 0 ? "GET /v1/st" : "PUT /v1/certificates/x HTTP/1.1\r\nHost: l");
      }
      assertThat(
              status(ask(new Operation("GET", "/v1/status", "read"), "localhost", BEARER + FULL)))
          .isEqualTo(200);
      write(operator, look.replace("Host:", "Connection: close\r\nHost:"));
      assertThat(operator.readToEnd().text()).contains("HTTP/1.1 200").contains("\"serving\"");
    } finally {
      for (TcpClient client : idle) {
        client.close();
      }
    }
  }

  /** The refused requests had no effect. */
  private void assertUntouched() throws Exception {
    await()
        .atMost(RunningTerminator.PATIENCE)
        .untilAsserted(() -> assertThat(terminator.terminator().state()).isEqualTo(State.SERVING));
    assertThat(terminator.metrics())
        .doesNotContainPattern("terminator_config_reloads_total\\{[^}]*\\} [1-9]");
    assertThat(terminator.terminator().certificates().credentials()).hasSize(1);
  }

  private List<Operation> operations() throws IOException {
    String answer = ask(new Operation("GET", "/openapi.json", "open"), "localhost");
    List<Operation> all = new ArrayList<>();
    JsonNode paths = JSON.readTree(body(answer)).path("paths");
    for (Map.Entry<String, JsonNode> path : paths.properties()) {
      for (Map.Entry<String, JsonNode> one : path.getValue().properties()) {
        String access = one.getValue().path("x-access").asText();
        assertThat(access).as(path.getKey()).isIn("health", "open", "read", "full", "change");
        all.add(
            new Operation(
                one.getKey().toUpperCase(java.util.Locale.ROOT),
                path.getKey().replaceAll("\\{[a-z]+}", "0"),
                access));
      }
    }
    assertThat(all).hasSizeGreaterThan(25);
    return all;
  }

  private static String withDenyFile(String yaml, Path file) {
    return yaml.replace(
        "backend: app\n", "backend: app\n    limits: { deny-file: \"" + file + "\" }\n");
  }

  private String check(String candidate, String token) throws IOException {
    byte[] body = candidate.getBytes(StandardCharsets.UTF_8);
    return exchange(
        "POST /v1/config:check HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            + BEARER
            + token
            + "\r\nContent-Type: application/yaml\r\nContent-Length: "
            + body.length
            + "\r\n\r\n"
            + candidate);
  }

  private String ask(Operation operation, String host, String... headers) throws IOException {
    return exchange(
        operation.method()
            + " "
            + operation.path()
            + " HTTP/1.1\r\nHost: "
            + host
            + "\r\nConnection: close\r\n"
            + IntStream.range(0, headers.length)
                .mapToObj(i -> headers[i] + "\r\n")
                .collect(Collectors.joining())
            + "\r\n");
  }

  private String exchange(String request) throws IOException {
    try (TcpClient client = TcpClient.connect(terminator.terminator().adminAddress())) {
      write(client, request);
      return client.readToEnd().text();
    }
  }

  private static void write(TcpClient client, String text) throws IOException {
    client.write(text.getBytes(StandardCharsets.UTF_8));
  }

  private static int status(String answer) {
    Matcher matcher = STATUS.matcher(answer);
    assertThat(matcher.find()).as(answer).isTrue();
    return Integer.parseInt(matcher.group(1));
  }

  private static String body(String answer) {
    return answer.substring(answer.indexOf("\r\n\r\n") + 4);
  }
}
