package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.core.route.BackendPool;
import io.terminator.core.route.ServerState;
import io.terminator.testkit.H2Client;
import io.terminator.testkit.ScriptedBackend;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsConnection;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Connections to servers between requests: kept, limited, ended, replaced. */
class HttpBackendsIT {
  private static final String HEAD_END = "\r\n\r\n";
  private static final String GET = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
  private static final int INITIAL_WINDOW_SIZE = 4;
  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

  private final TestCa ca = TestCa.create();

  private RunningTerminator start(String servers, String backendKeys) {
    return RunningTerminator.http(ca, servers, backendKeys);
  }

  private static String at(ScriptedBackend backend) {
    return "\"127.0.0.1:" + backend.address().getPort() + "\"";
  }

  @Test
  void clientsShareAKeptConnectionUntilItIsIdleForTooLong() throws Exception {
    AtomicInteger ended = new AtomicInteger();
    try (ScriptedBackend backend =
            ScriptedBackend.start(
                server -> {
                  try {
                    HttpOneIT.answerAll(server);
                  } finally {
                    ended.incrementAndGet();
                  }
                });
        RunningTerminator terminator =
            start(at(backend), "    kept: { per-server: 2, idle: 1s }\n")) {
      for (int i = 0; i < 5; i++) {
        try (TlsConnection client = HttpOneIT.connect(terminator)) {
          client.write(GET);
          client.readUntil("ok");
        }
      }
      assertThat(backend.accepted()).isEqualTo(1);
      await().until(() -> ended.get() == 1);
    }
  }

  @Test
  void noMoreConnectionsAreKeptThanConfigured() throws Exception {
    CountDownLatch all = new CountDownLatch(3);
    AtomicInteger ended = new AtomicInteger();
    try (ScriptedBackend backend =
            ScriptedBackend.start(
                server -> {
                  try {
                    server.readUntil(HEAD_END);
                    all.countDown();
                    assertThat(all.await(20, TimeUnit.SECONDS)).isTrue();
                    server.write(OK);
                    server.awaitEnd();
                  } finally {
                    ended.incrementAndGet();
                  }
                });
        RunningTerminator terminator =
            start(at(backend), "    kept: { per-server: 1, idle: 60s }\n")) {
      List<TlsConnection> clients = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        TlsConnection client = HttpOneIT.connect(terminator);
        clients.add(client);
        client.write(GET);
      }
      for (TlsConnection client : clients) {
        client.readUntil("ok");
      }
      await().until(() -> ended.get() == 2);
      for (TlsConnection client : clients) {
        client.close();
      }
    }
  }

  /** The limit of a server counts requests that it has not answered, not idle clients. */
  @Test
  void aLimitOfAServerCountsRequestsInFlight() throws Exception {
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    try (ScriptedBackend backend =
            ScriptedBackend.start(
                server -> {
                  while (true) {
                    server.readUntil(HEAD_END);
                    most.accumulateAndGet(running.incrementAndGet(), Math::max);
                    server.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
                    running.decrementAndGet();
                    server.write("ok");
                  }
                });
        RunningTerminator terminator =
            start(
                "{ address: " + at(backend) + ", connections: 1 }",
                "    queue: { length: 100, timeout: 20s }\n")) {
      List<TlsConnection> clients = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        clients.add(HttpOneIT.connect(terminator));
      }
      for (int round = 0; round < 5; round++) {
        for (TlsConnection client : clients) {
          client.write(GET);
        }
        for (TlsConnection client : clients) {
          assertThat(client.readUntil("ok")).startsWith("HTTP/1.1 200 ");
        }
      }
      assertThat(most).hasValue(1);
      for (TlsConnection client : clients) {
        client.close();
      }
    }
  }

  /**
   * More bytes than the worker moves at once, and less than a window: the client sends them all.
   */
  @Test
  void aBodySentBeforeAServerIsFreeArrivesWhole() throws Exception {
    CompletableFuture<Void> begun = new CompletableFuture<>();
    CompletableFuture<Void> arrived = new CompletableFuture<>();
    CountDownLatch answer = new CountDownLatch(1);
    StringBuilder received = new StringBuilder();
    try (ScriptedBackend backend =
            ScriptedBackend.start(
                server -> {
                  server.readUntil(HEAD_END);
                  arrived.complete(null);
                  await().until(() -> answer.getCount() == 0);
                  server.write(OK);
                  server.readUntil(HEAD_END);
                  begun.complete(null);
                  for (String size = server.readUntil("\r\n");
                      !size.equals("0\r\n");
                      size = server.readUntil("\r\n")) {
                    int length = Integer.parseInt(size.trim(), 16);
                    received.append(
                        new String(server.readExactly(length), StandardCharsets.US_ASCII));
                    server.readUntil("\r\n");
                  }
                  server.readUntil("\r\n");
                  server.write(OK);
                });
        RunningTerminator terminator =
            start(
                "{ address: " + at(backend) + ", connections: 1 }",
                "    queue: { length: 100, timeout: 20s }\n");
        TlsConnection first = HttpOneIT.connect(terminator);
        H2Client second =
            H2Client.over(terminator.client().alpn("h2").connect(terminator.address())).begin()) {
      first.write(GET);
      arrived.get(20, TimeUnit.SECONDS);
      StringBuilder sent = new StringBuilder();
      second.headers(1, false, H2Client.request("POST", "/"));
      // As much as the first window of a stream allows.
      for (int i = 0; i < 4; i++) {
        String piece = String.format("%06d ", i).repeat(2000);
        sent.append(piece);
        second.data(1, false, piece);
      }
      // Its answer follows the bytes.
      second.ping(1);
      second.await(frame -> frame.type() == H2Client.PING);
      answer.countDown();
      first.readUntil("ok");
      // With the end of the request before its head was sent, there would be a Content-Length.
      begun.get(20, TimeUnit.SECONDS);
      second.data(1, true, "");
      assertThat(second.response(1).status()).isEqualTo("200");
      assertThat(received.toString().equals(sent.toString()))
          .as("%d bytes of %d", received.length(), sent.length())
          .isTrue();
    }
  }

  /** What fits into the window leaves in two frames, whose headers need space of their own. */
  @Test
  void aResponseLargerThanTheWindowOfAStreamArrivesUnchanged() throws Exception {
    StringBuilder body = new StringBuilder();
    for (int i = 0; i < 8_000; i++) {
      body.append(String.format("%05d ", i));
    }
    try (ScriptedBackend backend =
            ScriptedBackend.start(server -> answer(server, body.toString()));
        RunningTerminator terminator = start(at(backend), "");
        H2Client client =
            H2Client.over(terminator.client().alpn("h2").connect(terminator.address()))
                .begin(INITIAL_WINDOW_SIZE, 20_000)) {
      client.get(1, "/");
      client.windowUpdate(0, 1 << 20);
      StringBuilder received = new StringBuilder();
      while (received.length() < body.length()) {
        String piece = client.await(H2Client.DATA).text();
        received.append(piece);
        client.windowUpdate(1, Math.max(1, piece.length()));
      }
      assertThat(received.toString().equals(body.toString())).isTrue();
    }
  }

  /**
   * With the head of a response, a read brings body bytes that the client's window may not allow.
   */
  @Test
  void aClientThatOpensNoWindowDoesNotKeepTheFramesFromOthers() throws Exception {
    String body = "b".repeat(60_000);
    try (ScriptedBackend backend = ScriptedBackend.start(server -> answer(server, body));
        RunningTerminator terminator = start(at(backend), "memory: { frames: 1MiB }\n");
        H2Client stingy =
            H2Client.over(terminator.client().alpn("h2").connect(terminator.address()))
                .begin(INITIAL_WINDOW_SIZE, 0);
        TlsConnection other = HttpOneIT.connect(terminator)) {
      for (int stream = 1; stream < 100; stream += 2) {
        stingy.get(stream, "/");
      }
      await()
          .atMost(RunningTerminator.PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(terminator.metrics())
                      .containsPattern(
                          "terminator_close_total\\{[^}]*reason=\"overload\"[^}]*\\} [1-9]"));
      other.write(GET);
      other.readUntil(HEAD_END);
      assertThat(other.readExactly(body.length())).hasSize(body.length());
    }
  }

  @Test
  void requestsAreBalancedOneByOne() throws Exception {
    try (ScriptedBackend one = ScriptedBackend.start(server -> answer(server, "one"));
        ScriptedBackend two = ScriptedBackend.start(server -> answer(server, "two"));
        RunningTerminator terminator =
            start(at(one) + ", " + at(two), "    balance: round-robin\n");
        TlsConnection client = HttpOneIT.connect(terminator)) {
      List<String> answers = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        client.write(GET);
        client.readUntil(HEAD_END);
        answers.add(new String(client.readExactly(3)));
      }
      assertThat(answers).containsOnly("one", "two");
      assertThat(answers.stream().filter("one"::equals).count()).isEqualTo(3);
      assertThat(one.accepted() + two.accepted()).isEqualTo(2);
    }
  }

  @Test
  void aServerThatRefusesIsPassedOverAndNoneLeftIsBadGateway() throws Exception {
    int refused = io.terminator.testkit.Ports.refused().getPort();
    try (ScriptedBackend backend = ScriptedBackend.start(HttpOneIT::answerAll);
        RunningTerminator terminator = start("\"127.0.0.1:" + refused + "\", " + at(backend), "");
        RunningTerminator without = start("\"127.0.0.1:" + refused + "\"", "");
        TlsConnection client = HttpOneIT.connect(terminator);
        TlsConnection alone = HttpOneIT.connect(without)) {
      for (int i = 0; i < 4; i++) {
        client.write(GET);
        assertThat(client.readUntil("ok")).startsWith("HTTP/1.1 200 ");
      }
      for (int i = 0; i < 2; i++) {
        alone.write(GET);
        assertThat(alone.readUntil(HEAD_END)).startsWith("HTTP/1.1 502 ");
        alone.readUntil("\n");
      }
    }
  }

  @Test
  void aDisabledServerIsLeftAndItsRequestIsAnswered() throws Exception {
    CompletableFuture<Void> arrived = new CompletableFuture<>();
    try (ScriptedBackend backend =
            ScriptedBackend.start(
                server -> {
                  server.readUntil(HEAD_END);
                  arrived.complete(null);
                  server.awaitEnd();
                });
        RunningTerminator terminator = start(at(backend), "");
        TlsConnection client = HttpOneIT.connect(terminator)) {
      client.write(GET);
      arrived.get(20, TimeUnit.SECONDS);
      BackendPool pool = terminator.terminator().pools().get(0);
      assertThat(pool.setState("127.0.0.1:" + backend.address().getPort(), ServerState.DISABLED))
          .isTrue();
      assertThat(client.readUntil(HEAD_END)).startsWith("HTTP/1.1 503 ");
      client.readUntil("\n");
      client.write(GET);
      assertThat(client.readUntil(HEAD_END)).startsWith("HTTP/1.1 503 ");
    }
  }

  /** Not only when it has been idle for long enough: the server waits to be stopped. */
  @ParameterizedTest
  @EnumSource(
      value = ServerState.class,
      names = {"DRAIN", "DISABLED"})
  void aServerThatIsTakenOutOfServiceLosesItsIdleConnections(ServerState state) throws Exception {
    CountDownLatch ended = new CountDownLatch(1);
    try (ScriptedBackend backend =
            ScriptedBackend.start(
                server -> {
                  server.readUntil(HEAD_END);
                  server.write(OK);
                  server.awaitEnd();
                  ended.countDown();
                });
        RunningTerminator terminator = start(at(backend), "    kept: { idle: 1h }\n");
        TlsConnection client = HttpOneIT.connect(terminator)) {
      client.write(GET);
      client.readUntil("ok");
      BackendPool pool = terminator.terminator().pools().get(0);
      assertThat(pool.setState("127.0.0.1:" + backend.address().getPort(), state)).isTrue();
      assertThat(ended.await(20, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void aDrainedServerOfHttp2LosesItsConnectionWhenItIsIdle() throws Exception {
    BlockingQueue<String> events = new LinkedBlockingQueue<>();
    CountDownLatch drained = new CountDownLatch(1);
    try (ScriptedBackend backend =
            ScriptedBackend.start(
                peer -> {
                  peer.readExactly(24);
                  H2Client server = H2Client.over(peer);
                  server.settings();
                  int stream = server.await(H2Client.HEADERS).stream();
                  events.add("asked");
                  drained.await(20, TimeUnit.SECONDS);
                  server.headers(stream, true, ":status: 204");
                  peer.awaitEnd();
                  events.add("ended");
                });
        RunningTerminator terminator =
            start(at(backend), "    protocol: h2c\n    kept: { idle: 1h }\n");
        TlsConnection client = HttpOneIT.connect(terminator)) {
      client.write(GET);
      assertThat(events.poll(20, TimeUnit.SECONDS)).isEqualTo("asked");
      BackendPool pool = terminator.terminator().pools().get(0);
      String name = "127.0.0.1:" + backend.address().getPort();
      assertThat(pool.setState(name, ServerState.DRAIN)).isTrue();
      drained.countDown();
      assertThat(client.readUntil(HEAD_END)).startsWith("HTTP/1.1 204 ");
      assertThat(events.poll(20, TimeUnit.SECONDS)).isEqualTo("ended");
    }
  }

  private static void answer(io.terminator.testkit.SocketPeer server, String body)
      throws java.io.IOException {
    while (true) {
      server.readUntil(HEAD_END);
      server.write("HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + HEAD_END + body);
    }
  }
}
