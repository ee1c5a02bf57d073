package io.terminator.scenarios;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.core.phase.CloseReason;
import io.terminator.testkit.Ending;
import io.terminator.testkit.H2Client;
import io.terminator.testkit.RawTlsClient;
import io.terminator.testkit.ScriptedBackend;
import io.terminator.testkit.SocketPeer;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsConnection;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How the log names the ends of exchanges that are not complete. */
class HttpEndsIT {
  private static final String HTTP = "    http: {}\n";
  private static final String HALF_REQUEST =
      "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf";
  private static final String UPGRADE =
      "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
  private static final String HALF_RESPONSE = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf";

  /**
   * A word of the source code, such as {@code other_side}; those of OpenSSL are in upper case, and
   * {@code close_notify} is a word of TLS.
   */
  private static final Pattern INTERNAL =
      Pattern.compile(
          "\"detail\":\"[^\"]*\\b((?!close_notify)[a-z]+_[a-z_]+|cancelled|[a-z]+[A-Z]\\w*\\()");

  /** How the servers' connections ended. */
  private final BlockingQueue<Ending> endings = new LinkedBlockingQueue<>();

  private RunningTerminator terminator;

  @AfterEach
  void stop() {
    if (terminator != null) {
      terminator.close();
    }
  }

  private void start(ScriptedBackend backend) {
    terminator = RunningTerminator.before(backend.address(), HTTP);
  }

  private void awaitLine(String event, String reason, String detail) {
    await()
        .atMost(RunningTerminator.PATIENCE)
        .untilAsserted(
            () ->
                assertThat(terminator.accessLog().lines())
                    .anySatisfy(
                        line ->
                            assertThat(line)
                                .contains(
                                    "\"event\":\"" + event + "\"",
                                    "\"reason\":\"" + reason + "\"",
                                    detail.isEmpty() ? "" : "\"detail\":\"" + detail + "\"")));
    assertThat(log()).doesNotContainPattern(INTERNAL);
  }

  private String log() {
    try {
      return terminator.accessLog();
    } catch (IOException unreadable) {
      throw new AssertionError(unreadable);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aClientThatEndsWithinItsRequestHasTruncatedIt(boolean closeNotify) throws Exception {
    try (ScriptedBackend backend = ScriptedBackend.start(peer -> peer.awaitEnd())) {
      start(backend);
      try (RawTlsClient client = terminator.client().alpn("http/1.1").raw(terminator.address())) {
        client.handshake();
        client.write(HALF_REQUEST.getBytes(US_ASCII));
        if (closeNotify) {
          client.finishOutput();
        } else {
          client.truncate();
        }
        terminator.awaitCloses(CloseReason.CLIENT_TRUNCATED, 1);
      }
      String detail = "the client closed in the middle of a request";
      awaitLine("connection", "client_truncated", detail);
      awaitLine("request", "client_left", detail);
    }
  }

  @Test
  void aClientThatLeavesBeforeTheResponseFreesItsServer() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    try (ScriptedBackend backend =
        ScriptedBackend.start(
            peer -> {
              Object head = peer.readUntil("\r\n\r\n");
              asked.countDown();
              endings.add(peer.awaitEnd());
            })) {
      start(backend);
      try (RawTlsClient client = terminator.client().alpn("http/1.1").raw(terminator.address())) {
        client.handshake();
        client.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(US_ASCII));
        assertThat(asked.await(1, TimeUnit.MINUTES)).isTrue();
        client.truncate();
        terminator.awaitCloses(CloseReason.CLIENT_TRUNCATED, 1);
      }
      String detail = "the client closed without close_notify before the response was complete";
      awaitLine("connection", "client_truncated", detail);
      awaitLine("request", "client_left", detail);
      assertThat(endings.poll(1, TimeUnit.MINUTES)).isNotNull();
    }
  }

  @Test
  void aClientThatSendsADamagedRecordHasViolatedTheProtocol() throws Exception {
    try (ScriptedBackend backend = ScriptedBackend.start(peer -> peer.awaitEnd())) {
      start(backend);
      try (RawTlsClient client = terminator.client().alpn("http/1.1").raw(terminator.address())) {
        client.handshake();
        client.write(HALF_REQUEST.getBytes(US_ASCII));
        byte[] damaged = client.encrypt("more".getBytes(US_ASCII));
        damaged[damaged.length - 1] ^= 1;
        client.sendRaw(damaged);
        terminator.awaitCloses(CloseReason.CLIENT_PROTOCOL, 1);
      }
      awaitLine("connection", "client_protocol", "");
      awaitLine("request", "refused", "");
      assertThat(log()).contains("the client sent a record that is damaged or not allowed (");
    }
  }

  @Test
  void aResponseThatItsServerCutsIsBroken() throws Exception {
    try (ScriptedBackend backend =
        ScriptedBackend.start(
            peer -> {
              peer.readUntil("\r\n\r\n");
              peer.write(HALF_RESPONSE);
            })) {
      start(backend);
      try (TlsConnection client =
          terminator.client().alpn("http/1.1").connect(terminator.address())) {
        client.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
        terminator.awaitCloses(CloseReason.RESPONSE_BROKEN, 1);
      }
      String detail = "the server closed in the middle of its response";
      awaitLine("connection", "response_broken", detail);
      awaitLine("request", "backend_truncated", detail);
    }
  }

  @Test
  void endsOfHttp2AreInWordsToo() throws Exception {
    try (ScriptedBackend backend = ScriptedBackend.start(peer -> peer.awaitEnd())) {
      start(backend);
      try (H2Client client =
          H2Client.over(terminator.client().alpn("h2").connect(terminator.address())).begin()) {
        client.get(1, "/");
        client.reset(1, 8);
        awaitLine("request", "client_left", "RST_STREAM CANCEL");
        client.headers(3, false, H2Client.request("POST", "/", "content-length: 3"));
        client.data(3, true, "four");
        awaitLine("request", "refused", "the body does not have the length of Content-Length");
        client.get(5, "/");
        await().atMost(RunningTerminator.PATIENCE).until(() -> backend.accepted() == 3);
        client.frame(H2Client.WINDOW_UPDATE, 0, 0, new byte[4]);
        terminator.awaitCloses(CloseReason.CLIENT_PROTOCOL, 1);
      }
      String detail = "WINDOW_UPDATE of the connection has the increment 0";
      awaitLine("connection", "client_protocol", detail);
      awaitLine("request", "refused", detail);
    }
  }

  @Test
  void anHttp2ClientThatClosesHasLeftItsRequests() throws Exception {
    try (ScriptedBackend backend = ScriptedBackend.start(peer -> peer.awaitEnd())) {
      start(backend);
      try (H2Client client =
          H2Client.over(terminator.client().alpn("h2").connect(terminator.address())).begin()) {
        client.get(1, "/");
        await().atMost(RunningTerminator.PATIENCE).until(() -> backend.accepted() == 1);
      }
      String detail = "the client closed before the response was complete";
      awaitLine("connection", "client_closed", detail);
      awaitLine("request", "client_left", detail);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"h2", "http/1.1"})
  void theRequestOfAConnectionThatTerminatorClosesIsClosed(String protocol) throws Exception {
    try (ScriptedBackend backend = ScriptedBackend.start(peer -> peer.awaitEnd())) {
      start(backend);
      try (TlsConnection client =
          terminator.client().alpn(protocol).connect(terminator.address())) {
        if (protocol.equals("h2")) {
          H2Client.over(client).begin().get(1, "/");
        } else {
          client.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
        }
        await().atMost(RunningTerminator.PATIENCE).until(() -> backend.accepted() == 1);
        String id =
            terminator
                .call("GET", "/v1/connections", 200)
                .path("connections")
                .path(0)
                .path("connection")
                .asText();
        terminator.call("DELETE", "/v1/connections/" + id, 200);
        awaitLine("request", "closed", "");
      }
    }
  }

  @Test
  void aTunnelWithoutCloseNotifyIsCut() throws Exception {
    try (ScriptedBackend backend = ScriptedBackend.start(this::tunnel)) {
      start(backend);
      try (RawTlsClient client = terminator.client().alpn("http/1.1").raw(terminator.address())) {
        enterTunnel(client);
        client.truncate();
        terminator.awaitCloses(CloseReason.CLIENT_TRUNCATED, 1);
      }
      String detail = "the client closed the tunnel without close_notify";
      awaitLine("connection", "client_truncated", detail);
      awaitLine("request", "client_left", detail);
      assertThat(endings.poll(1, TimeUnit.MINUTES)).isEqualTo(Ending.RESET);
    }
  }

  @Test
  void aTunnelEndsWithoutCloseNotifyWhereConfiguredOrAfterTheServersEnd() throws Exception {
    try (ScriptedBackend backend = ScriptedBackend.start(this::tunnel)) {
      terminator =
          RunningTerminator.before(backend.address(), HTTP + "    relay: { truncation: end }\n");
      try (RawTlsClient client = terminator.client().alpn("http/1.1").raw(terminator.address())) {
        enterTunnel(client);
        client.truncate();
        terminator.awaitCloses(CloseReason.LAST_RESPONSE, 1);
      }
      awaitLine("request", "complete", "");
      assertThat(endings.poll(1, TimeUnit.MINUTES)).isEqualTo(Ending.FIN);
      terminator.close();
    }
    try (ScriptedBackend backend =
        ScriptedBackend.start(
            peer -> {
              switchProtocols(peer);
              peer.finishOutput();
              endings.add(peer.awaitEnd());
            })) {
      start(backend);
      try (RawTlsClient client = terminator.client().alpn("http/1.1").raw(terminator.address())) {
        enterTunnel(client);
        client.readToEnd();
        client.truncate();
        terminator.awaitCloses(CloseReason.LAST_RESPONSE, 1);
      }
      awaitLine("request", "complete", "");
      assertThat(endings.poll(1, TimeUnit.MINUTES)).isEqualTo(Ending.FIN);
    }
  }

  @Test
  void aServerThatResetsATunnelHasNotClosedInAResponse() throws Exception {
    try (ScriptedBackend backend =
        ScriptedBackend.start(
            peer -> {
              switchProtocols(peer);
              peer.readExactly(1);
              peer.reset();
            })) {
      start(backend);
      try (RawTlsClient client = terminator.client().alpn("http/1.1").raw(terminator.address())) {
        enterTunnel(client);
        client.write(new byte[1]);
        terminator.awaitCloses(CloseReason.RESPONSE_BROKEN, 1);
      }
      awaitLine("request", "backend_truncated", "the server reset the connection in the tunnel");
    }
  }

  @Test
  void aClientOfHttp10CannotSwitchProtocols() throws Exception {
    try (ScriptedBackend backend =
        ScriptedBackend.start(
            peer -> {
              String head = peer.readUntil("\r\n\r\n");
              assertThat(head.toLowerCase(java.util.Locale.ROOT)).doesNotContain("upgrade");
              peer.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
              peer.awaitEnd();
            })) {
      start(backend);
      try (TlsConnection client =
          terminator.client().alpn("http/1.1").connect(terminator.address())) {
        client.write(UPGRADE.replace("HTTP/1.1", "HTTP/1.0"));
        assertThat(client.readUntil("ok")).startsWith("HTTP/1.1 200 OK\r\n");
      }
      assertThat(backend.failures()).isEmpty();
    }
  }

  /** RFC 8441 section 5: any 2xx accepts an extended CONNECT. */
  @Test
  void aServerThatIgnoresTheUpgradeDoesNotOpenATunnelOverHttp2() throws Exception {
    try (ScriptedBackend backend =
        ScriptedBackend.start(
            peer -> {
              peer.readUntil("\r\n\r\n");
              peer.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nno");
              peer.awaitEnd();
            })) {
      start(backend);
      try (H2Client client =
          H2Client.over(terminator.client().alpn("h2").connect(terminator.address())).begin()) {
        client.headers(1, false, H2Client.request("CONNECT", "/", ":protocol: websocket"));
        H2Client.Response answer = client.response(1);
        assertThat(answer.status()).isEqualTo("501");
        assertThat(answer.text()).isEqualTo("501 the server did not switch protocols\n");
      }
      awaitLine("request", "refused", "the server did not switch protocols");
    }
  }

  @Test
  void aServerThatViolatesHttp2InItsResponseIsNotMerelyCut() throws Exception {
    try (ScriptedBackend backend = ScriptedBackend.start(HttpEndsIT::sendTooMuch)) {
      terminator =
          RunningTerminator.http(
              TestCa.create(),
              "\"127.0.0.1:" + backend.address().getPort() + "\"",
              "    protocol: h2c\n");
      try (H2Client client =
          H2Client.over(terminator.client().alpn("h2").connect(terminator.address())).begin()) {
        client.get(1, "/");
        client.await(H2Client.RST_STREAM);
      }
      awaitLine(
          "request", "backend_protocol", "the body does not have the length of Content-Length");
    }
  }

  @Test
  void thePeersErrorIsToldWithItsEnd() throws Exception {
    try (ScriptedBackend backend =
        ScriptedBackend.start(
            peer -> {
              readRequest(peer);
              byte[] tooMuch = {0, 0, 0, 1, 0, 0, 0, 11};
              peer.write(H2Client.bytes(H2Client.GOAWAY, 0, 0, tooMuch));
              peer.finishOutput();
              peer.awaitEnd();
            })) {
      terminator =
          RunningTerminator.http(
              TestCa.create(),
              "\"127.0.0.1:" + backend.address().getPort() + "\"",
              "    protocol: h2c\n");
      try (H2Client client =
          H2Client.over(terminator.client().alpn("h2").connect(terminator.address())).begin()) {
        client.get(1, "/");
        assertThat(client.response(1).status()).isEqualTo("502");
        client.frame(H2Client.GOAWAY, 0, 0, new byte[] {0, 0, 0, 0, 0, 0, 0, 3});
      }
      awaitLine(
          "request",
          "backend_closed",
          "the server closed before the response was complete after GOAWAY ENHANCE_YOUR_CALM");
      awaitLine("connection", "client_closed", "the client closed after GOAWAY FLOW_CONTROL_ERROR");
    }
  }

  private static void sendTooMuch(SocketPeer peer) throws IOException {
    readRequest(peer);
    peer.write(
        H2Client.bytes(
            H2Client.HEADERS,
            H2Client.END_HEADERS,
            1,
            H2Client.block(":status: 200", "content-length: 1")));
    peer.write(H2Client.bytes(H2Client.DATA, 0, 1, (byte) 'a', (byte) 'b'));
    peer.awaitEnd();
  }

  private static void readRequest(SocketPeer peer) throws IOException {
    peer.readExactly(24);
    peer.write(H2Client.bytes(H2Client.SETTINGS, 0, 0));
    byte[] head = peer.readExactly(9);
    while (head[3] != H2Client.HEADERS) {
      peer.readExactly(ByteBuffer.wrap(head).getInt() >>> 8);
      head = peer.readExactly(9);
    }
    peer.readExactly(ByteBuffer.wrap(head).getInt() >>> 8);
  }

  private static void switchProtocols(SocketPeer peer) throws IOException {
    peer.readUntil("\r\n\r\n");
    peer.write(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
  }

  private void tunnel(SocketPeer peer) throws IOException {
    switchProtocols(peer);
    endings.add(peer.awaitEnd());
  }

  private static void enterTunnel(RawTlsClient client) throws IOException {
    client.handshake();
    client.write(UPGRADE.getBytes(US_ASCII));
    client.readExactly("HTTP/1.1 101 Switching Protocols\r\n".length());
  }
}
