package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.testkit.ScriptedBackend;
import io.terminator.testkit.SocketPeer;
import io.terminator.testkit.TlsConnection;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Messages that two readers end in different places. A server must see exactly the requests that
 * Terminator routed: neither one inside the body of another, nor the rest of one as the next.
 */
class SmugglingIT {
  private static final String HTTP = "    http: { deadlines: { body: 2s, head: 2s } }\n";
  private static final String HEAD_END = "\r\n\r\n";
  private static final String HIDDEN = "GET /hidden HTTP/1.1\r\nHost: localhost\r\n\r\n";
  private static final String POST = "POST /seen HTTP/1.1\r\nHost: localhost\r\n";

  private final List<String> seen = new CopyOnWriteArrayList<>();
  private ScriptedBackend backend;
  private RunningTerminator terminator;

  @BeforeEach
  void start() {
    // Reads every head as one request and no body at all: whatever follows one is the next.
    backend =
        ScriptedBackend.start(
            server -> {
              while (true) {
                seen.add(server.readUntil(HEAD_END));
                server.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
              }
            });
    terminator = RunningTerminator.before(backend.address(), HTTP);
  }

  @AfterEach
  void stop() {
    terminator.close();
    backend.close();
  }

  @ParameterizedTest
  @MethodSource
  void ambiguousRequestsReachNoServer(String request) throws Exception {
    try (TlsConnection client = HttpOneIT.connect(terminator)) {
      client.write(request);
      String answer = client.readToEnd().text();
      assertThat(answer).matches("(?s)HTTP/1\\.1 (400|501|505) .*Connection: close.*");
      assertThat(answer.split("HTTP/1\\.1 \\d{3} ", -1)).as("one answer").hasSize(2);
    }
    assertThat(seen).isEmpty();
    assertThat(terminator.metrics())
        .containsPattern("terminator_http_refused_total\\{reason=\"\\w+\",\\} 1\\.0");
  }

  static List<String> ambiguousRequestsReachNoServer() {
    String chunkedEnd = "0\r\n\r\n";
    return List.of(
        POST + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + chunkedEnd + HIDDEN,
        POST + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n" + chunkedEnd + HIDDEN,
        POST + "Content-Length: 0\r\nContent-Length: " + HIDDEN.length() + HEAD_END + HIDDEN,
        POST + "Content-Length: 0, " + HIDDEN.length() + HEAD_END + HIDDEN,
        POST + "Content-Length : " + HIDDEN.length() + HEAD_END + HIDDEN,
        POST + "Content-Length: +" + HIDDEN.length() + HEAD_END + HIDDEN,
        POST + "Content-Length:\u000b" + HIDDEN.length() + HEAD_END + HIDDEN,
        POST + "X: y\r\n Content-Length: " + HIDDEN.length() + HEAD_END + HIDDEN,
        POST + "X: y\nContent-Length: " + HIDDEN.length() + HEAD_END + HIDDEN,
        POST + "X: y\rContent-Length: " + HIDDEN.length() + HEAD_END + HIDDEN,
        POST + "X: y\0Content-Length: " + HIDDEN.length() + HEAD_END + HIDDEN,
        POST + "Transfer-Encoding: xchunked\r\n\r\n" + chunkedEnd + HIDDEN,
        POST + "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n" + chunkedEnd + HIDDEN,
        POST + "Transfer-Encoding:\u000bchunked\r\n\r\n" + chunkedEnd + HIDDEN,
        POST + "Transfer-Encoding\t: chunked\r\n\r\n" + chunkedEnd + HIDDEN,
        POST + "Transfer-Encoding: chunked\r\n\r\n0\n\n" + HIDDEN,
        POST + "Transfer-Encoding: chunked\r\n\r\n 0\r\n\r\n" + HIDDEN,
        POST + "Transfer-Encoding: chunked\r\n\r\n0 \r\n\r\n" + HIDDEN,
        POST + "Transfer-Encoding: chunked\r\n\r\n0 0\r\n\r\n" + HIDDEN,
        POST + "Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n" + HIDDEN,
        POST + "Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n" + HIDDEN,
        POST + "Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n\r\n" + HIDDEN,
        POST + "Transfer-Encoding: chunked\r\n\r\n0;a\nb\r\n\r\n" + HIDDEN,
        POST + "Transfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 5\r\n\r\n" + HIDDEN,
        "GET http://other/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\nHost: other\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost/x\r\n\r\n",
        "GET / HTTP/1.1 \r\nHost: localhost\r\n\r\n",
        "GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
        "GET /\r\n\r\n");
  }

  /** A body that looks like a request is a body, wherever its bytes are cut. */
  @Test
  void aBodyIsNeverTheNextRequest() throws Exception {
    String chunk = Integer.toHexString(HIDDEN.length()) + "\r\n" + HIDDEN + "\r\n0\r\n\r\n";
    String message = POST + "Transfer-Encoding: chunked\r\nX-End: 1\r\n\r\n" + chunk;
    try (ScriptedBackend careful =
            ScriptedBackend.start(
                server -> {
                  while (true) {
                    String head = server.readUntil(HEAD_END);
                    seen.add(head);
                    // A body that arrives with its head leaves with a length.
                    assertThat(
                            head.contains("Transfer-Encoding: chunked")
                                ? chunks(server)
                                : new String(
                                    server.readExactly(HIDDEN.length()), StandardCharsets.US_ASCII))
                        .isEqualTo(HIDDEN);
                    server.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                  }
                });
        RunningTerminator before = RunningTerminator.before(careful.address(), HTTP);
        TlsConnection client = HttpOneIT.connect(before)) {
      for (int cut = 1; cut < message.length(); cut += 7) {
        client.write(message.substring(0, cut));
        client.write(message.substring(cut));
        assertThat(client.readUntil("ok")).startsWith("HTTP/1.1 200 ");
      }
      assertThat(seen).allMatch(head -> head.startsWith("POST /seen "));
      assertThat(careful.failures()).isEmpty();
    }
  }

  private static String chunks(SocketPeer from) throws IOException {
    StringBuilder body = new StringBuilder();
    while (true) {
      int size = Integer.parseInt(from.readUntil("\r\n").strip(), 16);
      body.append(new String(from.readExactly(size), StandardCharsets.US_ASCII));
      from.readUntil("\r\n");
      if (size == 0) {
        return body.toString();
      }
    }
  }

  /** The answer to one client must not become the answer to another on the same kept connection. */
  @Test
  void bytesAfterAResponseReachNoOtherClient() throws Exception {
    try (ScriptedBackend chatty =
            ScriptedBackend.start(
                server -> {
                  server.readUntil(HEAD_END);
                  server.write(
                      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
                          + "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison");
                  server.awaitEnd();
                });
        RunningTerminator before = RunningTerminator.before(chatty.address(), HTTP)) {
      for (int i = 0; i < 3; i++) {
        try (TlsConnection client = HttpOneIT.connect(before)) {
          client.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
          client.readUntil(HEAD_END);
          assertThat(new String(client.readExactly(2))).isEqualTo("ok");
        }
      }
      assertThat(chatty.accepted()).isEqualTo(3);
    }
  }
}
