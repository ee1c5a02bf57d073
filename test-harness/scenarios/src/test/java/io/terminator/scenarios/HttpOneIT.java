package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.terminator.core.phase.CloseReason;
import io.terminator.testkit.Deterministic;
import io.terminator.testkit.Ports;
import io.terminator.testkit.Processes;
import io.terminator.testkit.RunningProcess;
import io.terminator.testkit.ScriptedBackend;
import io.terminator.testkit.Sha256;
import io.terminator.testkit.TlsConnection;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** HTTP/1.1 over TLS: real clients and servers, the log, the metrics and the views. */
class HttpOneIT {
  private static final String HTTP = "    http: {}\n";
  private static final String HEAD_END = "\r\n\r\n";
  private static final int SIZE = 3_000_000;

  @TempDir Path directory;

  @Test
  void curlUsesOneConnectionForPythonsFilesAndUploads() throws Exception {
    Processes.assumeAvailable("curl");
    Processes.assumeAvailable("python3");
    Path files = Files.createDirectory(directory.resolve("files"));
    byte[] content = Deterministic.bytes(11, SIZE);
    Files.write(files.resolve("large"), content);
    Files.writeString(files.resolve("small"), "small\n");
    int port = Ports.free();
    try (RunningProcess python = python(port, files);
        RunningTerminator terminator = RunningTerminator.before(loopback(port), HTTP)) {
      awaitPort(port, python);
      Path target = directory.resolve("fetched");
      String output =
          curl(
              terminator,
              "-o",
              target.toString(),
              url(terminator, "/large"),
              "-o",
              "/dev/null",
              url(terminator, "/small"),
              "-o",
              "/dev/null",
              url(terminator, "/none"));
      assertThat(output).isEqualTo("200 1\n200 0\n404 0\n");
      assertThat(Files.readAllBytes(target)).isEqualTo(content);
    }
  }

  @Test
  void nodesChunksUploadsAndExpectations() throws Exception {
    Processes.assumeAvailable("curl");
    Processes.assumeAvailable("node");
    String script =
        "const h=require('http'),c=require('crypto');"
            + "const s=h.createServer((q,r)=>{const d=c.createHash('sha256');let n=0;"
            + "q.on('data',b=>{d.update(b);n+=b.length});"
            + "q.on('end',()=>{r.setHeader('X-Length',String(n));"
            + "r.write(q.method+' ');r.write(d.digest('hex'));r.end()})});"
            + "s.listen(0,'127.0.0.1',()=>console.log('port '+s.address().port))";
    byte[] content = Deterministic.bytes(12, SIZE);
    Path upload = Files.write(directory.resolve("upload"), content);
    try (RunningProcess node = Processes.start("node", "-e", script)) {
      int port = Integer.parseInt(node.awaitLine("port (\\d+)", Duration.ofSeconds(20)).group(1));
      try (RunningTerminator terminator = RunningTerminator.before(loopback(port), HTTP)) {
        Sha256 sha256 = new Sha256();
        sha256.update(content, 0, content.length);
        String expected = "POST " + sha256.hex();
        for (List<String> how :
            List.of(
                List.of("-H", "Expect: 100-continue"),
                List.of("-H", "Expect:"),
                List.of("-H", "Transfer-Encoding: chunked"))) {
          List<String> arguments = new ArrayList<>(how);
          Path answer = directory.resolve("answer");
          arguments.addAll(
              List.of(
                  "-X",
                  "POST",
                  "-T",
                  upload.toString(),
                  "-o",
                  answer.toString(),
                  url(terminator, "/upload")));
          assertThat(curl(terminator, arguments.toArray(String[]::new))).isEqualTo("200 1\n");
          assertThat(Files.readString(answer)).as("%s", how).isEqualTo(expected);
        }
      }
    }
  }

  @Test
  void eachRequestIsALineInTheLogAndASampleInTheMetrics() throws Exception {
    try (ScriptedBackend backend =
            ScriptedBackend.start(
                server -> {
                  while (true) {
                    server.readUntil(HEAD_END);
                    server.write("HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone");
                  }
                });
        RunningTerminator terminator = RunningTerminator.before(backend.address(), HTTP);
        TlsConnection client = connect(terminator)) {
      for (int i = 0; i < 2; i++) {
        client.write("GET /path?secret=1 HTTP/1.1\r\nHost: localhost\r\n\r\n");
        client.readUntil("none");
      }
      await().until(() -> requests(terminator).size() == 2);
      JsonNode line = requests(terminator).get(1);
      assertThat(line.get("method").asText()).isEqualTo("GET");
      assertThat(line.get("host").asText()).isEqualTo("localhost");
      assertThat(line.get("path").asText()).isEqualTo("/path");
      assertThat(line.get("version").asText()).isEqualTo("HTTP/1.1");
      assertThat(line.get("status").asInt()).isEqualTo(404);
      assertThat(line.get("reason").asText()).isEqualTo("complete");
      assertThat(line.get("backend").asText()).isEqualTo("app");
      assertThat(line.get("server").asText()).isEqualTo(server(backend));
      assertThat(line.get("bytes-out").asInt()).isEqualTo(4);
      assertThat(line.get("request-id").asText()).hasSize(32);
      assertThat(line.get("total-ms").asDouble()).isPositive();
      String pair = "listener=\"web\",backend=\"app\"";
      assertThat(
              terminator.metric(
                  "terminator_requests_total{" + pair + ",method=\"read\",status=\"4xx\"}"))
          .isEqualTo(2);
      assertThat(terminator.metric("terminator_http_reused_connections_total{" + pair + "}"))
          .isEqualTo(1);
      assertThat(terminator.metric("terminator_requests_in_flight{" + pair + "}")).isZero();
      assertThat(terminator.metric("terminator_request_duration_seconds_count{" + pair + "}"))
          .isEqualTo(2);
    }
  }

  @Test
  void requestsOfOneConnectionAreLoggedWithTheirOwnRoute() throws Exception {
    String routes =
        HTTP
            + "    routes:\n"
            + "      - { name: here, path-exact: /here, respond: { body: \"none\" } }\n"
            + "      - { name: all, path: /, backend: app }\n";
    try (ScriptedBackend backend =
            ScriptedBackend.start(
                server -> {
                  while (true) {
                    server.readUntil(HEAD_END);
                    server.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnone");
                  }
                });
        RunningTerminator terminator = RunningTerminator.before(backend.address(), routes);
        TlsConnection client = connect(terminator)) {
      for (String path : List.of("/", "/here", "/")) {
        client.write("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
        client.readUntil("none");
      }
      await().until(() -> requests(terminator).size() == 3);
      assertThat(requests(terminator))
          .extracting(
              line -> line.get("connection"),
              line -> line.path("route").asText(),
              line -> line.path("server").asText())
          .containsExactly(
              tuple(requests(terminator).get(0).get("connection"), "all", server(backend)),
              tuple(requests(terminator).get(0).get("connection"), "here", ""),
              tuple(requests(terminator).get(0).get("connection"), "all", server(backend)));
    }
  }

  @Test
  void anIdleConnectionHoldsNoFrame() throws Exception {
    try (ScriptedBackend backend = ScriptedBackend.start(HttpOneIT::answerAll);
        RunningTerminator terminator = RunningTerminator.before(backend.address(), HTTP)) {
      List<TlsConnection> clients = new ArrayList<>();
      try {
        for (int i = 0; i < 20; i++) {
          TlsConnection client = connect(terminator);
          clients.add(client);
          client.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
          client.readUntil("ok");
        }
        assertThat(terminator.metric("terminator_frames{state=\"used\"}")).isZero();
      } finally {
        for (TlsConnection client : clients) {
          client.close();
        }
      }
      terminator.awaitNoConnection();
    }
  }

  @Test
  void webSocketFramesPassBothWaysUntilBothSidesHaveEnded() throws Exception {
    try (ScriptedBackend backend =
            ScriptedBackend.start(
                server -> {
                  String head = server.readUntil(HEAD_END);
                  assertThat(head).contains("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
                  server.write(
                      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
                  byte[] frame = server.readExactly(11);
                  server.write(frame);
                  server.awaitEnd();
                });
        RunningTerminator terminator = RunningTerminator.before(backend.address(), HTTP);
        TlsConnection client = connect(terminator)) {
      client.write(
          "GET /chat HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
              + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
      assertThat(client.readUntil(HEAD_END))
          .startsWith("HTTP/1.1 101 ")
          .contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
      byte[] frame = new byte[] {(byte) 0x81, (byte) 0x85, 1, 2, 3, 4, 5, 6, 7, 8, 9};
      client.write(frame);
      assertThat(client.readExactly(11)).isEqualTo(frame);
      client.finishOutput();
      client.awaitEnd();
      terminator.awaitCloses(CloseReason.LAST_RESPONSE, 1);
      assertThat(backend.failures()).isEmpty();
    }
  }

  static void answerAll(io.terminator.testkit.SocketPeer server) throws IOException {
    while (true) {
      server.readUntil(HEAD_END);
      server.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    }
  }

  static TlsConnection connect(RunningTerminator terminator) throws IOException {
    return terminator.client().alpn("http/1.1").connect(terminator.address());
  }

  private static List<JsonNode> requests(RunningTerminator terminator) throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : terminator.accessLog().lines().toList()) {
      JsonNode node = new ObjectMapper().readTree(line);
      if (node.get("event").asText().equals("request")) {
        lines.add(node);
      }
    }
    return lines;
  }

  private static String server(ScriptedBackend backend) {
    return "127.0.0.1:" + backend.address().getPort();
  }

  private static InetSocketAddress loopback(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  private static RunningProcess python(int port, Path files) {
    return Processes.start(
        new ProcessBuilder(
                "python3",
                "-c",
                "import http.server as h; H=h.SimpleHTTPRequestHandler; H.protocol_version='HTTP/1.1';"
                    + "h.ThreadingHTTPServer(('127.0.0.1',"
                    + port
                    + "),H).serve_forever()")
            .directory(files.toFile()));
  }

  private static void awaitPort(int port, RunningProcess process) {
    await()
        .atMost(Duration.ofSeconds(20))
        .until(
            () -> {
              assertThat(process.isRunning()).as(process.output()).isTrue();
              try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return socket.isConnected();
              } catch (IOException notYet) {
                return false;
              }
            });
  }

  private static String url(RunningTerminator terminator, String path) {
    return "https://localhost:" + terminator.address().getPort() + path;
  }

  /** For each transfer the status and the number of new connections. */
  private String curl(RunningTerminator terminator, String... arguments) throws Exception {
    Path ca = directory.resolve("ca.pem");
    Files.writeString(ca, terminator.ca().rootPem(), StandardCharsets.US_ASCII);
    List<String> command = new ArrayList<>();
    command.addAll(
        List.of(
            "curl",
            "-sS",
            "--http1.1",
            "--cacert",
            ca.toString(),
            "-w",
            "%{http_code} %{num_connects}\\n"));
    command.addAll(List.of(arguments));
    try (RunningProcess curl = Processes.start(command.toArray(String[]::new))) {
      assertThat(curl.awaitExit(Duration.ofSeconds(60))).as(curl.output()).isZero();
      return curl.output() + "\n";
    }
  }
}
