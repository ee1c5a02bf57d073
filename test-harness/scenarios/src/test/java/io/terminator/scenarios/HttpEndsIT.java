package io.terminator.scenarios;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.core.phase.CloseReason;
import io.terminator.testkit.H2Client;
import io.terminator.testkit.RawTlsClient;
import io.terminator.testkit.ScriptedBackend;
import io.terminator.testkit.TlsConnection;
import java.io.IOException;
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
  private static final String HALF_RESPONSE = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf";

  /** A word of the source code, such as {@code other_side}; those of OpenSSL are in upper case. */
  private static final Pattern INTERNAL =
      Pattern.compile("\"detail\":\"[^\"]*\\b([a-z]+_[a-z_]+|cancelled|[a-z]+[A-Z]\\w*\\()");

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
        awaitLine("request", "client_left", "the body does not have the length of Content-Length");
        client.frame(H2Client.WINDOW_UPDATE, 0, 0, new byte[4]);
        terminator.awaitCloses(CloseReason.CLIENT_PROTOCOL, 1);
      }
      awaitLine(
          "connection", "client_protocol", "WINDOW_UPDATE of the connection has the increment 0");
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
}
