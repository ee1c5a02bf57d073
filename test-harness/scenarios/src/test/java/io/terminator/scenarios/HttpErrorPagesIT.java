package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.admin.reload.ReloadOutcome;
import io.terminator.core.route.ServerState;
import io.terminator.testkit.H2Client;
import io.terminator.testkit.Ports;
import io.terminator.testkit.ScriptedBackend;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsConnection;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The bodies of Terminator's own answers come from files. */
class HttpErrorPagesIT {
  private static final String HEAD_END = "\r\n\r\n";

  /** More than one write of the worker. */
  private static final String LONG = "long ".repeat(12_000);

  private final TestCa ca = TestCa.create();
  @TempDir Path directory;

  @BeforeEach
  void writeFiles() throws IOException {
    for (int status : new int[] {400, 408, 413, 414, 429, 431, 502, 503}) {
      write(status + ".html", "page " + status);
    }
    write("404.json", "{\"error\":404}");
    write("504.txt", LONG);
  }

  private void write(String name, String content) throws IOException {
    Files.writeString(directory.resolve(name), content);
  }

  private String yaml(int silent) {
    StringBuilder errors = new StringBuilder("404: " + directory.resolve("404.json"));
    errors.append(", 504: ").append(directory.resolve("504.txt"));
    for (int status : new int[] {400, 408, 413, 414, 429, 431, 502, 503}) {
      errors.append(", ").append(status).append(": ").append(directory.resolve(status + ".html"));
    }
    return """
    workers: 1
    listeners:
      - name: web
        bind: "127.0.0.1:0"
        certificates: certs/
        http:
          limits: { head: 4KiB, headers: 20, body: 1KiB }
          deadlines: { answer: 200ms, body: 200ms }
          errors: { %s }
        routes:
          - { path: /limited, rate-limit: { requests: 1, per: 1h }, respond: { body: "ok" } }
          - { path: /refused, backend: refused }
          - { path: /silent, backend: silent }
    backends:
      refused: { servers: ["127.0.0.1:%d"] }
      silent: { servers: ["127.0.0.1:%d"] }
    """
        .formatted(errors, Ports.refused().getPort(), silent);
  }

  private RunningTerminator start(ScriptedBackend silent) {
    return RunningTerminator.start(
        ca,
        Map.of("localhost", ca.server("localhost", "127.0.0.1")),
        yaml(silent.address().getPort()));
  }

  private static String ask(RunningTerminator terminator, String request) throws IOException {
    try (TlsConnection client = HttpOneIT.connect(terminator)) {
      client.write(request.replace("\n", "\r\n") + HEAD_END);
      return response(client);
    }
  }

  private static String response(TlsConnection client) throws IOException {
    String head = client.readUntil(HEAD_END);
    int at = head.toLowerCase(Locale.ROOT).indexOf("content-length: ") + 16;
    int length = Integer.parseInt(head.substring(at, head.indexOf('\r', at)));
    return head + new String(client.readExactly(length), StandardCharsets.US_ASCII);
  }

  @Test
  void eachStatusHasItsFile() throws Exception {
    try (ScriptedBackend silent = ScriptedBackend.start(server -> server.awaitEnd());
        RunningTerminator terminator = start(silent)) {
      String host = " HTTP/1.1\nHost: localhost";
      assertPage(terminator, "GET /refused" + host + "\nA : b", 400);
      assertPage(terminator, "POST /silent" + host + "\nContent-Length: 5", 408);
      assertPage(terminator, "POST /silent" + host + "\nContent-Length: 2000", 413);
      assertPage(terminator, "GET /" + "a".repeat(5000) + host, 414);
      assertPage(terminator, "GET /" + host + "\na: " + "a".repeat(5000), 431);
      assertPage(terminator, "GET /refused" + host, 502);
      assertThat(ask(terminator, "GET /limited" + host)).startsWith("HTTP/1.1 200");
      assertPage(terminator, "GET /limited" + host, 429);
      assertThat(ask(terminator, "GET /none" + host))
          .startsWith("HTTP/1.1 404")
          .contains("\r\nContent-Type: application/json\r\n")
          .contains("\r\nCache-Control: no-store\r\n")
          .endsWith("\r\n\r\n{\"error\":404}");
      assertThat(ask(terminator, "GET /silent" + host))
          .startsWith("HTTP/1.1 504")
          .contains("\r\nContent-Type: text/plain; charset=utf-8\r\n")
          .endsWith(HEAD_END + LONG);
      // Without a file: a short text.
      assertThat(ask(terminator, "CONNECT a:1 HTTP/1.1\nHost: a:1")).startsWith("HTTP/1.1 501");
      terminator
          .terminator()
          .pools()
          .forEach(
              pool ->
                  pool.setState("127.0.0.1:" + silent.address().getPort(), ServerState.DISABLED));
      assertPage(terminator, "GET /silent" + host, 503);
    }
  }

  private static void assertPage(RunningTerminator terminator, String request, int status)
      throws IOException {
    assertThat(ask(terminator, request))
        .startsWith("HTTP/1.1 " + status)
        .contains("\r\nContent-Type: text/html; charset=utf-8\r\n")
        .endsWith("\r\n\r\npage " + status);
  }

  @Test
  void clientsOfHttp2GetThemAndHeadGetsNoBody() throws Exception {
    try (ScriptedBackend silent = ScriptedBackend.start(server -> server.awaitEnd());
        RunningTerminator terminator = start(silent);
        H2Client client =
            H2Client.over(terminator.client().alpn("h2").connect(terminator.address())).begin()) {
      client.get(1, "/silent");
      H2Client.Response response = client.response(1);
      assertThat(response.status()).isEqualTo("504");
      assertThat(response.text()).isEqualTo(LONG);
      client.headers(3, true, H2Client.request("HEAD", "/none"));
      response = client.response(3);
      assertThat(response.head())
          .containsEntry(":status", "404")
          .containsEntry("content-type", "application/json")
          .containsEntry("content-length", "13");
      assertThat(response.text()).isEmpty();
    }
  }

  @Test
  void aReloadReadsThemAndRefusesWhatCannotBeSent() throws Exception {
    try (ScriptedBackend silent = ScriptedBackend.start(server -> server.awaitEnd());
        RunningTerminator terminator = start(silent)) {
      String request = "GET /none HTTP/1.1\nHost: localhost";
      assertThat(ask(terminator, request)).endsWith("{\"error\":404}");
      write("404.json", "{}");
      assertThat(terminator.terminator().reload("test").result())
          .isEqualTo(ReloadOutcome.Result.APPLIED);
      assertThat(ask(terminator, request)).endsWith("\r\n\r\n{}");

      write("404.json", "x".repeat(64 * 1024 + 1));
      ReloadOutcome refused = terminator.terminator().reload("test");
      assertThat(refused.result()).isEqualTo(ReloadOutcome.Result.REFUSED);
      assertThat(refused.problems())
          .singleElement()
          .asString()
          .contains("listeners[0].http.errors.404: ", "404.json", "65537 bytes, more than 64 KiB");
      assertThat(ask(terminator, request)).endsWith("\r\n\r\n{}");

      write("404.json", "{}");
      terminator.rewrite(yaml(silent.address().getPort()).replace(" 404:", " 200:"));
      assertThat(terminator.terminator().reload("test").problems())
          .singleElement()
          .asString()
          .contains("\"200\"", "a status that Terminator itself answers");
    }
  }
}
