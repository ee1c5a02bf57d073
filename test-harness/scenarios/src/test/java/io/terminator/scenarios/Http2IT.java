package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.testkit.H2Cases;
import io.terminator.testkit.H2Client;
import io.terminator.testkit.H2Client.Frame;
import io.terminator.testkit.H2Client.Response;
import io.terminator.testkit.Processes;
import io.terminator.testkit.RunningProcess;
import io.terminator.testkit.ScriptedBackend;
import io.terminator.testkit.SocketPeer;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsClient;
import io.terminator.testkit.TlsConnection;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** HTTP/2 over TLS: the table of behaviours, and servers that speak h2c. */
class Http2IT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** Echoes calls of gRPC's shape: each DATA comes back, the status is a trailer. */
  private static final String CALLS =
      "const http2=require('http2');const s=http2.createServer();"
          + "let sessions=0;s.on('session',()=>sessions++);"
          + "s.on('stream',(q,h)=>{"
          + "q.respond({':status':200,'content-type':'application/grpc',"
          + "'x-te':String(h['te']),'x-timeout':String(h['grpc-timeout']),"
          + "'x-sessions':String(sessions)},{waitForTrailers:true});"
          + "q.on('wantTrailers',()=>q.sendTrailers({'grpc-status':'0','grpc-message':'ok'}));"
          + "q.on('data',d=>q.write(d));q.on('end',()=>q.end());q.on('error',()=>{})});"
          + "s.listen(0,'127.0.0.1',function(){console.log('port '+this.address().port)});";

  private static TestCa ca;
  private static ScriptedBackend backend;
  private static RunningProcess calls;
  private static RunningTerminator terminator;

  @BeforeAll
  static void start() throws Exception {
    Processes.assumeAvailable("node");
    calls = Processes.start("node", "-e", CALLS);
    String port = calls.awaitLine("port (\\d+)", PATIENCE).group(1);
    backend = ScriptedBackend.start(Http2IT::answer);
    ca = TestCa.create();
    terminator =
        RunningTerminator.start(
            ca,
            Map.of("localhost", ca.server("localhost", "127.0.0.1")),
            """
            workers: 1
            listeners:
              - name: web
                bind: "127.0.0.1:0"
                certificates: certs/
                http: {}
                routes:
                  - { path: /calls, backend: calls }
                backend: app
            backends:
              app: { servers: ["127.0.0.1:%d"] }
              calls: { servers: ["127.0.0.1:%s"], protocol: h2c }
            """
                .formatted(backend.address().getPort(), port));
  }

  @AfterAll
  static void stop() {
    if (terminator != null) {
      terminator.close();
    }
    if (backend != null) {
      backend.close();
    }
    if (calls != null) {
      calls.close();
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void behaves(H2Cases.Case one) throws Exception {
    try (H2Client client = H2Client.over(connect())) {
      one.run(client);
    }
  }

  static Stream<H2Cases.Case> cases() {
    return H2Cases.all().stream();
  }

  @Test
  void aCallStreamsBothWaysAndEndsWithItsStatus() throws Exception {
    try (H2Client client = H2Client.over(connect()).begin()) {
      client.headers(
          1,
          false,
          H2Client.request(
              "POST",
              "/calls/Echo",
              "te: trailers",
              "content-type: application/grpc",
              "grpc-timeout: 5S"));
      Map<String, String> head = client.fields(client.await(H2Client.HEADERS));
      assertThat(head)
          .containsEntry("x-te", "trailers")
          .containsEntry("x-timeout", "5S")
          .containsEntry("content-type", "application/grpc");
      for (int i = 0; i < 3; i++) {
        client.data(1, false, "message " + i);
        Frame data = client.await(H2Client.DATA);
        assertThat(data.text()).isEqualTo("message " + i);
      }
      client.data(1, true, "last");
      Response rest = client.response(1);
      assertThat(rest.text()).isEqualTo("last");
      assertThat(rest.head()).containsEntry("grpc-status", "0").containsEntry("grpc-message", "ok");
    }
  }

  @Test
  void callsOfDifferentClientsShareTheConnectionToTheServer() throws Exception {
    String sessions = "";
    for (int i = 0; i < 3; i++) {
      try (H2Client client = H2Client.over(connect()).begin()) {
        client.headers(1, true, H2Client.request("POST", "/calls/Echo"));
        Response response = client.response(1);
        assertThat(response.trailers()).containsEntry("grpc-status", "0");
        String seen = Objects.requireNonNull(response.head().get("x-sessions"));
        if (i > 0) {
          assertThat(seen).isEqualTo(sessions);
        }
        sessions = seen;
      }
    }
  }

  @Test
  void aClientOfHttp1CallsAServerOfHttp2() throws Exception {
    TlsClient http1 = terminator.client().alpn("http/1.1");
    try (TlsConnection client = http1.connect(terminator.address())) {
      client.write("POST /calls/Echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nbody");
      assertThat(client.readUntil("\r\n\r\n")).startsWith("HTTP/1.1 200");
      assertThat(client.readUntil("\r\n\r\n"))
          .isEqualToIgnoringCase("4\r\nbody\r\n0\r\ngrpc-status: 0\r\ngrpc-message: ok\r\n\r\n");
    }
  }

  private static SocketPeer connect() throws Exception {
    return terminator.client().alpn("h2").connect(terminator.address());
  }

  private static void answer(SocketPeer server) throws IOException {
    while (true) {
      String head = server.readUntil("\r\n\r\n");
      if (head.contains(" /slow ")) {
        server.awaitEnd();
        return;
      }
      if (head.contains("Transfer-Encoding: chunked")) {
        while (!server.readUntil("\r\n").equals("0\r\n")) {
          server.readUntil("\r\n");
        }
        server.readUntil("\r\n");
      } else {
        int at = head.toLowerCase(java.util.Locale.ROOT).indexOf("content-length: ");
        if (at >= 0) {
          server.readExactly(Integer.parseInt(head.substring(at + 16, head.indexOf('\r', at))));
        }
      }
      server.write(
          "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
              + (head.startsWith("HEAD") ? "" : "hello"));
    }
  }
}
