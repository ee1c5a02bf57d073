package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.testkit.Credential;
import io.terminator.testkit.CredentialFiles;
import io.terminator.testkit.Deterministic;
import io.terminator.testkit.H2Client;
import io.terminator.testkit.Processes;
import io.terminator.testkit.RunningProcess;
import io.terminator.testkit.ScriptedBackend;
import io.terminator.testkit.SocketPeer;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsClient;
import io.terminator.testkit.TlsConnection;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Requests to servers over TLS, in the version that a server selects. */
class HttpTlsBackendsIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String HEAD_END = "\r\n\r\n";
  private static final String GET = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  private static final int SIZE = 2_000_000;

  /**
   * Answers with its version of HTTP, the number of connections so far and the body; accepts
   * upgrades and echoes what follows.
   */
  private static final String NODE =
      "const fs=require('fs');const o={cert:fs.readFileSync('%s'),key:fs.readFileSync('%s'),"
          + "allowHTTP1:true};let n=0;const s=require('%s').%s(o,(q,r)=>{"
          + "r.setHeader('x-version',q.httpVersion);r.setHeader('x-connections',String(n));"
          + "q.on('data',d=>r.write(d));q.on('end',()=>r.end())});"
          + "s.on('secureConnection',()=>n++);"
          + "s.on('upgrade',(q,c)=>{c.write('HTTP/1.1 101 Switching Protocols\\r\\n"
          + "Connection: upgrade\\r\\nUpgrade: websocket\\r\\nSec-WebSocket-Accept: x\\r\\n\\r\\n');"
          + "c.on('data',d=>c.write(d));c.on('end',()=>c.end());c.on('error',()=>{})});"
          + "s.listen(0,'127.0.0.1',function(){console.log('port '+this.address().port)});";

  private final TestCa ca = TestCa.create();
  private final Credential server = ca.server("localhost");
  @TempDir Path directory;
  private Path authorities = Path.of("");

  @BeforeEach
  void writeAuthorities() throws IOException {
    authorities = Files.writeString(directory.resolve("ca.pem"), ca.rootPem());
  }

  private RunningTerminator start(int port, String keys) {
    return RunningTerminator.http(ca, "localhost:" + port, keys);
  }

  private String tls(String more) {
    return "    tls: { ca: \"" + authorities + "\"" + more + " }\n";
  }

  private RunningProcess node(String module, String factory) throws IOException {
    Processes.assumeAvailable("node");
    CredentialFiles files = server.writeTo(directory, "server");
    return Processes.start(
        "node", "-e", NODE.formatted(files.chain(), files.key(), module, factory));
  }

  private static int port(RunningProcess node) throws Exception {
    return Integer.parseInt(node.awaitLine("port (\\d+)", PATIENCE).group(1));
  }

  private static void answerAll(SocketPeer peer) throws IOException {
    while (true) {
      peer.readUntil(HEAD_END);
      peer.write(OK);
    }
  }

  @Test
  void clientsOfBothVersionsAndOfAnyNameShareOneConnection() throws Exception {
    try (ScriptedBackend backend =
            ScriptedBackend.startTls(ca.serverContext(server), HttpTlsBackendsIT::answerAll);
        RunningTerminator terminator = start(backend.address().getPort(), tls(""))) {
      for (String name : List.of("localhost", "other.example")) {
        TlsClient client = TlsClient.trusting(ca).serverName(name);
        try (TlsConnection http1 = client.alpn("http/1.1").connect(terminator.address())) {
          http1.write(GET);
          assertThat(http1.readUntil("ok")).startsWith("HTTP/1.1 200");
        }
        try (H2Client http2 =
            H2Client.over(client.alpn("h2").connect(terminator.address())).begin()) {
          http2.get(1, "/");
          assertThat(http2.response(1).status()).isEqualTo("200");
        }
      }
      assertThat(backend.accepted()).isEqualTo(1);
    }
  }

  /** A server that is chosen by the client's name must not get the requests of another name. */
  @Test
  void aConnectionWithTheNameOfAClientIsKeptForThatName() throws Exception {
    try (ScriptedBackend backend =
            ScriptedBackend.startTls(
                ca.serverContext(ca.server("localhost", "other.example")),
                HttpTlsBackendsIT::answerAll);
        RunningTerminator terminator = start(backend.address().getPort(), tls(", sni: client"))) {
      for (int round = 0; round < 2; round++) {
        for (String name : List.of("localhost", "other.example")) {
          TlsClient client = TlsClient.trusting(ca).serverName(name).alpn("http/1.1");
          try (TlsConnection connection = client.connect(terminator.address())) {
            connection.write(GET.replace("localhost", name));
            assertThat(connection.readUntil("ok")).startsWith("HTTP/1.1 200");
          }
        }
      }
      assertThat(backend.accepted()).isEqualTo(2);
    }
  }

  @Test
  void aServerThatIsNotTrustedGetsNoRequest() throws Exception {
    try (ScriptedBackend backend =
            ScriptedBackend.startTls(
                ca.serverContext(ca.server("other.example")), HttpTlsBackendsIT::answerAll);
        RunningTerminator terminator =
            start(backend.address().getPort(), "    protocol: h2\n" + tls(""));
        TlsConnection client = terminator.client().alpn("http/1.1").connect(terminator.address())) {
      client.write(GET);
      assertThat(client.readUntil(HEAD_END)).startsWith("HTTP/1.1 502");
    }
  }

  @ParameterizedTest
  @CsvSource({"http2,createSecureServer,2.0", "https,createServer,1.1"})
  void aServerSelectsItsVersion(String module, String factory, String version) throws Exception {
    byte[] body = Deterministic.bytes(3, SIZE);
    try (RunningProcess node = node(module, factory);
        RunningTerminator terminator = start(port(node), "    protocol: h2\n" + tls(""))) {
      for (HttpClient.Version spoken : HttpClient.Version.values()) {
        HttpClient client =
            HttpClient.newBuilder().version(spoken).sslContext(ca.clientContext()).build();
        for (int i = 0; i < 3; i++) {
          HttpResponse<byte[]> response =
              client.send(
                  HttpRequest.newBuilder(
                          URI.create(
                              "https://localhost:" + terminator.address().getPort() + "/echo"))
                      .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                      .build(),
                  HttpResponse.BodyHandlers.ofByteArray());
          assertThat(response.version()).isEqualTo(spoken);
          assertThat(response.headers().firstValue("x-version")).hasValue(version);
          assertThat(response.headers().firstValue("x-connections")).hasValue("1");
          assertThat(response.body()).isEqualTo(body);
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"http2,createSecureServer", "https,createServer"})
  void aRequestToSwitchProtocolsIsSentInHttp1(String module, String factory) throws Exception {
    try (RunningProcess node = node(module, factory);
        RunningTerminator terminator = start(port(node), "    protocol: h2\n" + tls(""));
        TlsConnection client = terminator.client().alpn("http/1.1").connect(terminator.address())) {
      client.write(GET);
      assertThat(client.readUntil(HEAD_END)).startsWith("HTTP/1.1 200");
      try (TlsConnection tunnel =
          terminator.client().alpn("http/1.1").connect(terminator.address())) {
        tunnel.write(
            "GET /chat HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
        assertThat(tunnel.readUntil(HEAD_END)).startsWith("HTTP/1.1 101");
        tunnel.write("hello");
        assertThat(tunnel.readUntil("hello")).isEqualTo("hello");
      }
    }
  }

  /** Without close_notify an attacker may have cut it (RFC 8446 section 6.1). */
  @Test
  void aResponseWithoutLengthEndsWithCloseNotifyOnly() throws Exception {
    Processes.assumeAvailable("python3");
    CredentialFiles files = server.writeTo(directory, "server");
    String script =
        "import socket,ssl\n"
            + "c=ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER);c.load_cert_chain('"
            + files.chain()
            + "','"
            + files.key()
            + "')\n"
            + "l=socket.create_server(('127.0.0.1',0))\n"
            + "print('port %d'%l.getsockname()[1],flush=True)\n"
            + "while True:\n"
            + "  s=c.wrap_socket(l.accept()[0],server_side=True)\n"
            + "  h=s.recv(65536)\n"
            + "  s.sendall(b'HTTP/1.1 200 OK\\r\\n\\r\\nall')\n"
            + "  if b'/whole' in h:\n"
            + "    try: s.unwrap()\n"
            + "    except OSError: pass\n"
            + "  s.close()\n";
    try (RunningProcess python = Processes.start("python3", "-c", script);
        RunningTerminator terminator = start(port(python), tls(""))) {
      try (H2Client client =
          H2Client.over(terminator.client().alpn("h2").connect(terminator.address())).begin()) {
        client.get(1, "/whole");
        assertThat(client.response(1).text()).isEqualTo("all");
        client.get(3, "/cut");
        assertThat(client.await(H2Client.RST_STREAM).stream()).isEqualTo(3);
      }
    }
  }
}
