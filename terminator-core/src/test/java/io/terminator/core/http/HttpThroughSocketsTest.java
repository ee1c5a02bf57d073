package io.terminator.core.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.core.accept.ListenerConfig;
import io.terminator.core.chain.ProtocolLayer;
import io.terminator.core.connect.ConnectConfig;
import io.terminator.core.connect.Connector;
import io.terminator.core.connect.KeptConfig;
import io.terminator.core.connection.ConnectionFlow;
import io.terminator.core.connection.WorkerGroup;
import io.terminator.core.frame.FrameConfig;
import io.terminator.core.handshake.Handshake;
import io.terminator.core.handshake.HandshakeConfig;
import io.terminator.core.http.exchange.ExchangeConfig;
import io.terminator.core.http.exchange.ExchangeEnd;
import io.terminator.core.http.exchange.HttpPlan;
import io.terminator.core.http.field.FieldConfig;
import io.terminator.core.http.field.FieldRules;
import io.terminator.core.http.field.FieldTemplate;
import io.terminator.core.http.h1.H1Backends;
import io.terminator.core.http.message.Refusal;
import io.terminator.core.http.route.HttpRoute;
import io.terminator.core.http.route.HttpRouteConfig;
import io.terminator.core.http.route.HttpRoutes;
import io.terminator.core.observe.WorkerCount;
import io.terminator.core.phase.CloseReason;
import io.terminator.core.relay.RelayConfig;
import io.terminator.core.route.BackendPool;
import io.terminator.core.route.Balance;
import io.terminator.core.route.RouteConfig;
import io.terminator.core.route.Server;
import io.terminator.core.route.ServerConfig;
import io.terminator.core.setting.DataSize;
import io.terminator.core.setting.Endpoint;
import io.terminator.core.throttle.PauseReason;
import io.terminator.core.worker.Worker;
import io.terminator.core.worker.WorkerConfig;
import io.terminator.testkit.Ending;
import io.terminator.testkit.ScriptedBackend;
import io.terminator.testkit.SocketPeer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** HTTP/1.1 on both sides with the empty protocol chain: every byte of a head is the test's. */
class HttpThroughSocketsTest {
  private static final String GET = "GET /x HTTP/1.1\r\nHost: a.example\r\n\r\n";
  private static final String POST = "POST /x HTTP/1.1\r\nHost: a.example\r\n";
  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  private static final String HEAD_END = "\r\n\r\n";
  private static final int SIZE = 4 * 1024 * 1024;

  private final BlockingQueue<CloseReason> reasons = new LinkedBlockingQueue<>();
  private final List<ScriptedBackend> backends = new ArrayList<>();
  private WorkerGroup group;
  private HttpPlan plan;

  @BeforeEach
  void start() {
    group =
        new WorkerGroup(
            new WorkerConfig(1, false),
            FrameConfig.DEFAULT,
            worker -> (connection, closed) -> reasons.add(closed.reason()),
            Duration.ZERO);
  }

  @AfterEach
  void stop() throws Exception {
    group.close();
    Worker worker = group.workers().get(0);
    assertThat(worker.frames().used()).as("frames left over").isZero();
    assertThat(worker.counts().get(WorkerCount.OUTBOUND_IN)).isZero();
    assertThat(worker.counts().get(WorkerCount.OUTBOUND_OUT)).isZero();
    assertThat(worker.counts().get(WorkerCount.CONNECTIONS_ACTIVE)).isZero();
    assertThat(worker.counts().get(WorkerCount.INTERNAL_ERRORS)).isZero();
    for (PauseReason reason : PauseReason.values()) {
      assertThat(worker.resumes(reason)).as("%s", reason).isEqualTo(worker.pauses(reason));
    }
    for (ScriptedBackend backend : backends) {
      backend.close();
    }
  }

  @Test
  void requestsOfOneClientUseOneKeptConnection() throws Exception {
    ScriptedBackend backend = backend(HttpThroughSocketsTest::answerAll);
    try (SocketPeer client = client(backend)) {
      for (int i = 0; i < 3; i++) {
        client.write(GET);
        assertThat(response(client)).isEqualTo("ok");
      }
    }
    assertThat(backend.accepted()).isEqualTo(1);
    assertThat(reason()).isEqualTo(CloseReason.CLIENT_CLOSED);
  }

  @Test
  void theServerSeesTheRequestWithoutFieldsOfTheClientsConnection() throws Exception {
    BlockingQueue<String> heads = new LinkedBlockingQueue<>();
    ScriptedBackend backend =
        backend(
            server -> {
              heads.add(server.readUntil(HEAD_END));
              server.write(OK);
              server.awaitEnd();
            });
    try (SocketPeer client = client(backend)) {
      client.write(
          "GET /a?b HTTP/1.1\r\nhost: a.example\r\nConnection: keep-alive, X-Own\r\nX-Own: 1\r\n"
              + "Keep-Alive: timeout=5\r\nTE: trailers\r\nX-Kept:  v \r\n\r\n");
      assertThat(response(client)).isEqualTo("ok");
    }
    assertThat(take(heads))
        .startsWith("GET /a?b HTTP/1.1\r\nhost: a.example\r\nX-Kept: v\r\n")
        .doesNotContain("X-Own", "Keep-Alive", "TE:", "Connection");
  }

  @Test
  void pipelinedRequestsAreAnsweredInOrder() throws Exception {
    AtomicInteger next = new AtomicInteger();
    ScriptedBackend backend =
        backend(
            server -> {
              while (true) {
                String head = server.readUntil(HEAD_END);
                int number = next.incrementAndGet();
                assertThat(head).startsWith("GET /" + number + " ");
                server.write("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n" + number);
              }
            });
    try (SocketPeer client = client(backend)) {
      StringBuilder all = new StringBuilder();
      for (int i = 1; i <= 9; i++) {
        all.append("GET /").append(i).append(" HTTP/1.1\r\nHost: a.example\r\n\r\n");
      }
      client.write(all.toString());
      for (int i = 1; i <= 9; i++) {
        assertThat(response(client)).isEqualTo(Integer.toString(i));
      }
    }
    assertThat(backend.accepted()).isEqualTo(1);
  }

  /** More than one read, and bodies among them: nothing is lost and nothing overtakes. */
  @Test
  void manyPipelinedRequestsAreAnsweredInOrder() throws Exception {
    ScriptedBackend backend =
        backend(
            server -> {
              while (true) {
                byte[] body = body(server, server.readUntil(HEAD_END));
                server.write("HTTP/1.1 200 OK\r\nContent-Length: " + body.length + HEAD_END);
                server.write(body);
              }
            });
    try (SocketPeer client = client(backend)) {
      int requests = 3000;
      CompletableFuture<Void> sent =
          CompletableFuture.runAsync(
              () -> {
                try {
                  StringBuilder all = new StringBuilder();
                  for (int i = 0; i < requests; i++) {
                    String body = i + "x".repeat(i % 97 == 0 ? 9000 : i % 7);
                    all.append(POST).append("Content-Length: ").append(body.length());
                    all.append(HEAD_END).append(body);
                  }
                  client.write(all.toString());
                } catch (IOException failure) {
                  throw new java.io.UncheckedIOException(failure);
                }
              });
      for (int i = 0; i < requests; i++) {
        assertThat(response(client)).isEqualTo(i + "x".repeat(i % 97 == 0 ? 9000 : i % 7));
      }
      sent.get(20, TimeUnit.SECONDS);
    }
    assertThat(backend.accepted()).isEqualTo(1);
  }

  @Test
  void bodiesPassInBothDirectionsWhateverTheirFraming() throws Exception {
    byte[] payload = payload();
    ScriptedBackend backend =
        backend(
            server -> {
              while (true) {
                String head = server.readUntil(HEAD_END);
                byte[] body = body(server, head);
                boolean chunked = head.contains("Transfer-Encoding: chunked");
                server.write(
                    "HTTP/1.1 200 OK\r\n"
                        + (chunked
                            ? "Content-Length: " + body.length
                            : "Transfer-Encoding: chunked")
                        + HEAD_END);
                if (chunked) {
                  server.write(body);
                } else {
                  writeChunked(server, body);
                }
              }
            });
    try (SocketPeer client = client(backend)) {
      CompletableFuture<byte[]> echoed = CompletableFuture.supplyAsync(() -> bodyOf(client));
      client.write(POST + "Content-Length: " + payload.length + HEAD_END);
      client.write(payload);
      assertThat(echoed.get(30, TimeUnit.SECONDS)).isEqualTo(payload);
      CompletableFuture<byte[]> again = CompletableFuture.supplyAsync(() -> bodyOf(client));
      client.write(POST + "Transfer-Encoding: chunked" + HEAD_END);
      writeChunked(client, payload);
      assertThat(again.get(30, TimeUnit.SECONDS)).isEqualTo(payload);
    }
    assertThat(backend.accepted()).isEqualTo(1);
  }

  @Test
  void aResponseUntilTheEndOfItsConnectionIsChunkedForTheClient() throws Exception {
    ScriptedBackend backend =
        backend(
            server -> {
              server.readUntil(HEAD_END);
              server.write("HTTP/1.0 200 OK\r\n\r\nuntil the end");
            });
    try (SocketPeer client = client(backend)) {
      client.write(GET);
      assertThat(response(client)).isEqualTo("until the end");
      client.write(GET);
      assertThat(response(client)).isEqualTo("until the end");
    }
    assertThat(backend.accepted()).isEqualTo(2);
  }

  @Test
  void aClientOfVersionZeroGetsABodyUntilTheEnd() throws Exception {
    ScriptedBackend backend =
        backend(
            server -> {
              server.readUntil(HEAD_END);
              server.write(
                  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
              server.awaitEnd();
            });
    try (SocketPeer client = client(backend)) {
      client.write("GET / HTTP/1.0\r\nHost: a.example\r\n\r\n");
      String all = client.readToEnd().text();
      assertThat(all)
          .startsWith("HTTP/1.1 200 OK\r\n")
          .contains("Connection: close")
          .endsWith("\r\n\r\nabc");
    }
    assertThat(reason()).isEqualTo(CloseReason.LAST_RESPONSE);
  }

  @Test
  void aClientOfVersionZeroIsKeptIfItAsks() throws Exception {
    ScriptedBackend backend = backend(HttpThroughSocketsTest::answerAll);
    try (SocketPeer client = client(backend)) {
      for (int i = 0; i < 2; i++) {
        client.write("GET / HTTP/1.0\r\nHost: a.example\r\nConnection: Keep-Alive\r\n\r\n");
        String head = client.readUntil(HEAD_END);
        assertThat(head).contains("Connection: keep-alive\r\n").doesNotContain("close");
        assertThat(client.readExactly(2)).asString().isEqualTo("ok");
      }
      client.write("GET / HTTP/1.0\r\nHost: a.example\r\n\r\n");
      assertThat(client.readToEnd().text()).contains("Connection: close\r\n").endsWith("ok");
    }
    assertThat(reason()).isEqualTo(CloseReason.LAST_RESPONSE);
  }

  @Test
  void aKeptClientOfVersionZeroIsClosedAfterABodyOfUnknownLength() throws Exception {
    BlockingQueue<String> more = new LinkedBlockingQueue<>();
    ScriptedBackend backend =
        backend(
            server -> {
              server.readUntil(HEAD_END);
              server.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n");
              server.write(take(more));
              server.awaitEnd();
            });
    try (SocketPeer client = client(backend)) {
      client.write("GET / HTTP/1.0\r\nHost: a.example\r\nConnection: keep-alive\r\n\r\n");
      assertThat(client.readUntil(HEAD_END)).contains("Connection: close\r\n");
      more.add("1\r\nk\r\n0\r\n\r\n");
      assertThat(client.readToEnd().text()).isEqualTo("ok");
    }
  }

  @Test
  void theServerGetsAHostWhereAClientOfVersionZeroNamesNone() throws Exception {
    BlockingQueue<String> heads = new LinkedBlockingQueue<>();
    ScriptedBackend backend =
        backend(
            server -> {
              heads.add(server.readUntil(HEAD_END));
              server.write(OK);
              server.awaitEnd();
            });
    try (SocketPeer client = client(backend)) {
      client.write("GET / HTTP/1.0\r\n\r\n");
      assertThat(client.readToEnd().text()).endsWith("ok");
      assertThat(take(heads))
          .contains("Host: 127.0.0.1:" + client.remoteAddress().getPort() + "\r\n")
          .doesNotContain("X-Forwarded-Host");
    }
  }

  @Test
  void chunksThatArriveWithTheirHeadKeepTheirBytes() throws Exception {
    BlockingQueue<String> bodies = new LinkedBlockingQueue<>();
    ScriptedBackend backend =
        backend(
            server -> {
              String head = server.readUntil(HEAD_END);
              bodies.add(new String(body(server, head), StandardCharsets.US_ASCII));
              server.write(
                  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n");
              server.awaitEnd();
            });
    try (SocketPeer client = client(backend)) {
      client.write(POST + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
      assertThat(response(client)).isEqualTo("ok");
    }
    assertThat(take(bodies)).isEqualTo("abcde");
  }

  @Test
  void whiteSpaceAroundTheSignsOfAChunkExtensionIsRead() throws Exception {
    BlockingQueue<String> bodies = new LinkedBlockingQueue<>();
    ScriptedBackend backend =
        backend(
            server -> {
              String head = server.readUntil(HEAD_END);
              bodies.add(new String(body(server, head), StandardCharsets.US_ASCII));
              server.write(
                  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2 ; a = \"x y\"\r\nok\r\n0\r\n\r\n");
              server.awaitEnd();
            });
    try (SocketPeer client = client(backend)) {
      client.write(POST + "Transfer-Encoding: chunked\r\n\r\n3 \t;a=1\r\nabc\r\n0 ;b\r\n\r\n");
      assertThat(response(client)).isEqualTo("ok");
    }
    assertThat(take(bodies)).isEqualTo("abc");
  }

  @Test
  void trailersPassInBothDirections() throws Exception {
    BlockingQueue<String> requests = new LinkedBlockingQueue<>();
    ScriptedBackend backend =
        backend(
            server -> {
              server.readUntil(HEAD_END);
              requests.add(server.readUntil("0\r\n") + server.readUntil(HEAD_END));
              server.write(
                  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nY: 2\r\n\r\n");
              server.awaitEnd();
            });
    try (SocketPeer client = client(backend)) {
      client.write(POST + "Transfer-Encoding: chunked\r\n\r\n3;ext=1\r\nabc\r\n0\r\nX: 1\r\n\r\n");
      client.readUntil(HEAD_END);
      assertThat(client.readUntil("0\r\nY: 2" + HEAD_END)).startsWith("2\r\nok\r\n");
    }
    assertThat(take(requests)).isEqualTo("3\r\nabc\r\n0\r\nX: 1\r\n\r\n");
  }

  @Test
  void trailersDoNotSayWhatAClientMustNotSay() throws Exception {
    BlockingQueue<String> requests = new LinkedBlockingQueue<>();
    ScriptedBackend backend =
        backend(
            server -> {
              server.readUntil(HEAD_END);
              requests.add(server.readUntil("0\r\n") + server.readUntil(HEAD_END));
              server.write(
                  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nServer: x\r\nY: 2\r\n\r\n");
              server.awaitEnd();
            });
    FieldConfig fields =
        new FieldConfig(
            FieldConfig.DEFAULT.forwarded(),
            List.of(),
            FieldConfig.DEFAULT.requestId(),
            new FieldConfig.Edits(
                Map.of("X-Client-Cert", FieldTemplate.parse("none")), Map.of(), List.of()),
            new FieldConfig.Edits(Map.of(), Map.of(), List.of("Server")),
            null);
    try (SocketPeer client = SocketPeer.connect(open(ExchangeConfig.DEFAULT, fields, backend))) {
      client.write(
          POST
              + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Forwarded-For: 192.0.2.1\r\n"
              + "X_Client_Cert: CN=root\r\nX-Request-Id: 1\r\nX-Real-IP: 1\r\nX: 1\r\n\r\n");
      client.readUntil(HEAD_END);
      assertThat(client.readUntil("Y: 2" + HEAD_END)).isEqualTo("2\r\nok\r\n0\r\nY: 2\r\n\r\n");
    }
    assertThat(take(requests)).isEqualTo("3\r\nabc\r\n0\r\nX: 1\r\n\r\n");
  }

  @Test
  void headAnd204And304HaveNoBody() throws Exception {
    ScriptedBackend backend =
        backend(
            server -> {
              server.readUntil(HEAD_END);
              server.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
              server.readUntil(HEAD_END);
              server.write("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n");
              server.readUntil(HEAD_END);
              server.write("HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n");
              server.readUntil(HEAD_END);
              server.write(OK);
              server.awaitEnd();
            });
    try (SocketPeer client = client(backend)) {
      client.write(GET.replace("GET", "HEAD"));
      assertThat(client.readUntil(HEAD_END)).contains("Content-Length: 10");
      client.write(GET);
      assertThat(client.readUntil(HEAD_END))
          .startsWith("HTTP/1.1 204 No Content")
          .doesNotContain("Content-Length");
      client.write(GET);
      assertThat(client.readUntil(HEAD_END)).startsWith("HTTP/1.1 304 ");
      client.write(GET);
      assertThat(response(client)).isEqualTo("ok");
    }
    assertThat(backend.accepted()).isEqualTo(1);
  }

  @Test
  void interimResponsesPassAndTheBodyFollowsThem() throws Exception {
    ScriptedBackend backend =
        backend(
            server -> {
              server.readUntil(HEAD_END);
              server.write(
                  "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
                      + "HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\n");
              assertThat(new String(server.readExactly(3), StandardCharsets.US_ASCII))
                  .isEqualTo("abc");
              server.write(OK);
              server.awaitEnd();
            });
    try (SocketPeer client = client(backend)) {
      client.write(POST + "Content-Length: 3\r\nExpect: 100-continue\r\n\r\n");
      assertThat(client.readUntil(HEAD_END)).startsWith("HTTP/1.1 103 Early Hints\r\nLink: </a>");
      assertThat(client.readUntil(HEAD_END)).isEqualTo("HTTP/1.1 100 Continue\r\n\r\n");
      client.write("abc");
      assertThat(response(client)).isEqualTo("ok");
    }
    assertThat(backend.failures()).isEmpty();
  }

  @Test
  void anEarlyAnswerArrivesWholeWhileTheUploadGoesOn() throws Exception {
    ScriptedBackend backend =
        backend(
            server -> {
              server.readUntil(HEAD_END);
              server.write("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig");
            });
    try (SocketPeer client = client(backend)) {
      client.write(POST + "Content-Length: " + SIZE + HEAD_END);
      client.write(new byte[1024]);
      String head = client.readUntil(HEAD_END);
      assertThat(head).startsWith("HTTP/1.1 413 ").contains("Connection: close");
      assertThat(client.readExactly(3)).asString().isEqualTo("big");
      assertThat(client.awaitEnd()).isEqualTo(Ending.FIN);
    }
  }

  @Test
  void anUpgradeBecomesATunnelWithHalfClose() throws Exception {
    ScriptedBackend backend =
        backend(
            server -> {
              String head = server.readUntil(HEAD_END);
              assertThat(head).contains("Upgrade: websocket\r\n", "Connection: upgrade\r\n");
              server.write(
                  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nhello");
              assertThat(server.readToEnd().text()).isEqualTo("from the client");
              server.write("bye");
            });
    try (SocketPeer client = client(backend)) {
      client.write(
          "GET /ws HTTP/1.1\r\nHost: a.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
      String head = client.readUntil(HEAD_END);
      assertThat(head).startsWith("HTTP/1.1 101 ").contains("Upgrade: websocket");
      assertThat(client.readExactly(5)).asString().isEqualTo("hello");
      client.write("from the client");
      client.finishOutput();
      assertThat(client.readToEnd().text()).isEqualTo("bye");
    }
    assertThat(backend.failures()).isEmpty();
  }

  @Test
  void theEndOfAClientBeforeItsTunnelIsOpenIsPassedOn() throws Exception {
    CountDownLatch ended = new CountDownLatch(1);
    ScriptedBackend backend =
        backend(
            server -> {
              server.readUntil(HEAD_END);
              assertThat(ended.await(20, TimeUnit.SECONDS)).isTrue();
              server.write(
                  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                      + "Connection: Upgrade\r\n\r\n");
              assertThat(server.readToEnd().text()).isEmpty();
              server.write("bye");
            });
    try (SocketPeer client = client(backend)) {
      client.write(
          "GET /ws HTTP/1.1\r\nHost: a.example\r\nUpgrade: websocket\r\n"
              + "Connection: Upgrade\r\n\r\n");
      client.finishOutput();
      // The worker reads the end before it takes a later task.
      for (int i = 0; i < 3; i++) {
        CountDownLatch turn = new CountDownLatch(1);
        group.workers().get(0).execute(turn::countDown);
        assertThat(turn.await(20, TimeUnit.SECONDS)).isTrue();
      }
      ended.countDown();
      assertThat(client.readUntil(HEAD_END)).startsWith("HTTP/1.1 101 ");
      assertThat(client.readToEnd().text()).isEqualTo("bye");
    }
    assertThat(backend.failures()).isEmpty();
  }

  @Test
  void aClientThatHasEndedGetsABodyUntilTheEndOfItsServer() throws Exception {
    ScriptedBackend backend =
        backend(
            server -> {
              byte[] body = body(server, server.readUntil(HEAD_END));
              server.write("HTTP/1.1 200 OK\r\n\r\n");
              for (int i = 0; i < 300; i++) {
                server.write(body);
              }
            });
    try (SocketPeer client = client(backend)) {
      String body = "0123456789".repeat(1000);
      client.write(POST + "Connection: close\r\nContent-Length: 10000\r\n\r\n" + body);
      client.finishOutput();
      assertThat(response(client)).isEqualTo(body.repeat(300));
      assertThat(client.readToEnd().ending()).isEqualTo(Ending.FIN);
    }
    assertThat(reason()).isEqualTo(CloseReason.LAST_RESPONSE);
  }

  /** The end of the server is the end of its response, while the request is still on its way. */
  @Test
  void aServerMayEndItsBodyWhileTheRequestIsSent() throws Exception {
    CountDownLatch answered = new CountDownLatch(1);
    ScriptedBackend backend =
        backend(
            server -> {
              server.readUntil(HEAD_END);
              server.write("HTTP/1.1 200 OK\r\n\r\nearly");
              server.finishOutput();
              answered.await(20, TimeUnit.SECONDS);
            });
    try (SocketPeer client = client(backend)) {
      client.write(POST + "Content-Length: 100000\r\n\r\nfirst bytes");
      assertThat(response(client)).isEqualTo("early");
      answered.countDown();
      client.write("the rest");
      assertThat(client.readToEnd().ending()).isEqualTo(Ending.FIN);
    }
  }

  @Test
  void anUpgradeToClearTextHttp2IsNotForwarded() throws Exception {
    BlockingQueue<String> heads = new LinkedBlockingQueue<>();
    ScriptedBackend backend =
        backend(
            server -> {
              heads.add(server.readUntil(HEAD_END));
              server.write(OK);
              server.awaitEnd();
            });
    try (SocketPeer client = client(backend)) {
      client.write(
          "GET / HTTP/1.1\r\nHost: a.example\r\nUpgrade: h2c\r\nHTTP2-Settings: AAA\r\n"
              + "Connection: Upgrade, HTTP2-Settings\r\n\r\n");
      assertThat(response(client)).isEqualTo("ok");
    }
    assertThat(take(heads)).doesNotContainIgnoringCase("upgrade").doesNotContain("HTTP2");
  }

  /** A request is refused before a server sees any of it. */
  @ParameterizedTest
  @MethodSource
  void unclearRequestsAreRefused(int status, String request) throws Exception {
    ScriptedBackend backend = backend(HttpThroughSocketsTest::answerAll);
    try (SocketPeer client = client(backend)) {
      client.write(request);
      assertThat(client.readToEnd().text())
          .startsWith("HTTP/1.1 " + status + " ")
          .contains("Connection: close");
    }
    assertThat(backend.accepted()).isZero();
  }

  static Stream<org.junit.jupiter.params.provider.Arguments> unclearRequestsAreRefused() {
    return Map.of(
            POST
                + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /admin HTTP/1.1\r\n\r\n",
            400,
            POST + "Content-Length: 5\r\nContent-Length: 0\r\n\r\nGET /",
            400,
            POST + "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n",
            400,
            POST + "Transfer-Encoding: chunked\r\n\r\n1\nX\n0\n\n",
            400,
            POST + "Transfer-Encoding: chunked\r\n\r\n3\r\nabcX\r\n",
            400,
            POST + "Transfer-Encoding: xchunked\r\n\r\n",
            501,
            "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n",
            501,
            POST + "Expect: 200-ok\r\nConnection: close\r\n\r\n",
            417,
            "GET / HTTP/1.1\r\n\r\n",
            400,
            "GET / HTTP/1.1\r\nHost: a\r\nX: " + "y".repeat(20_000) + "\r\n\r\n",
            431)
        .entrySet()
        .stream()
        .map(
            entry ->
                org.junit.jupiter.params.provider.Arguments.of(entry.getValue(), entry.getKey()));
  }

  @Test
  void aBadChunkAfterTheHeadEndsTheRequestAtTheServer() throws Exception {
    CompletableFuture<Ending> ending = new CompletableFuture<>();
    ScriptedBackend backend =
        backend(
            server -> {
              server.readUntil(HEAD_END);
              ending.complete(server.readToEnd().ending());
            });
    try (SocketPeer client = client(backend)) {
      client.write(POST + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
      await().until(() -> backend.accepted() == 1);
      client.write("zz\r\n");
      assertThat(client.readToEnd().text()).startsWith("HTTP/1.1 400 ");
    }
    assertThat(ending.get(20, TimeUnit.SECONDS)).isEqualTo(Ending.RESET);
  }

  @Test
  void anInvalidResponseIsAnsweredWithBadGateway() throws Exception {
    ScriptedBackend backend =
        backend(
            server -> {
              server.readUntil(HEAD_END);
              server.write("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx");
              server.awaitEnd();
            });
    try (SocketPeer client = client(backend)) {
      client.write(GET);
      assertThat(client.readUntil(HEAD_END)).startsWith("HTTP/1.1 502 ");
    }
  }

  @Test
  void aTruncatedResponseIsAResetForTheClient() throws Exception {
    ScriptedBackend backend =
        backend(
            server -> {
              server.readUntil(HEAD_END);
              server.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
            });
    try (SocketPeer client = client(backend)) {
      client.write(GET);
      client.readUntil(HEAD_END);
      assertThat(client.readToEnd().ending()).isEqualTo(Ending.RESET);
    }
    assertThat(reason()).isEqualTo(CloseReason.RESPONSE_BROKEN);
  }

  @Test
  void aSafeRequestIsSentAgainWhenItsKeptConnectionEnds() throws Exception {
    AtomicInteger connections = new AtomicInteger();
    ScriptedBackend backend =
        backend(
            server -> {
              if (connections.incrementAndGet() == 1) {
                server.readUntil(HEAD_END);
                server.write(OK);
                server.readUntil(HEAD_END);
                return;
              }
              answerAll(server);
            });
    try (SocketPeer client = client(backend)) {
      client.write(GET);
      assertThat(response(client)).isEqualTo("ok");
      client.write(GET);
      assertThat(response(client)).isEqualTo("ok");
    }
    assertThat(backend.accepted()).isEqualTo(2);
  }

  @Test
  void aRequestThatMayHaveHadAnEffectIsNotSentAgain() throws Exception {
    AtomicInteger posts = new AtomicInteger();
    ScriptedBackend backend =
        backend(
            server -> {
              server.readUntil(HEAD_END);
              server.write(OK);
              server.readUntil(HEAD_END);
              posts.incrementAndGet();
            });
    try (SocketPeer client = client(backend)) {
      client.write(GET);
      assertThat(response(client)).isEqualTo("ok");
      client.write(POST + "Content-Length: 0\r\n\r\n");
      assertThat(client.readUntil(HEAD_END)).startsWith("HTTP/1.1 502 ");
    }
    assertThat(posts).hasValue(1);
  }

  /** The worker sees the request before the end of the kept connection, which is there already. */
  @Test
  void aRequestThatIsNotSentAgainAvoidsAKeptConnectionThatItsServerHasClosed() throws Exception {
    CountDownLatch closing = new CountDownLatch(1);
    CountDownLatch closed = new CountDownLatch(1);
    AtomicInteger connections = new AtomicInteger();
    ScriptedBackend backend =
        backend(
            server -> {
              if (connections.incrementAndGet() > 1) {
                answerAll(server);
                return;
              }
              server.readUntil(HEAD_END);
              server.write(OK);
              closing.await();
              server.close();
              closed.countDown();
            });
    try (SocketPeer client = client(backend)) {
      client.write(GET);
      assertThat(response(client)).isEqualTo("ok");
      CountDownLatch busy = new CountDownLatch(1);
      CountDownLatch done = new CountDownLatch(1);
      group
          .workers()
          .get(0)
          .execute(
              () -> {
                busy.countDown();
                awaitOn(done);
              });
      assertThat(busy.await(20, TimeUnit.SECONDS)).isTrue();
      client.write(POST + "Content-Length: 2\r\n\r\nab");
      closing.countDown();
      assertThat(closed.await(20, TimeUnit.SECONDS)).isTrue();
      done.countDown();
      assertThat(response(client)).isEqualTo("ok");
    }
    assertThat(backend.accepted()).isEqualTo(2);
  }

  private static void awaitOn(CountDownLatch latch) {
    try {
      latch.await(20, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void aServerThatClosesBetweenRequestsIsReplaced() throws Exception {
    ScriptedBackend backend =
        backend(
            server -> {
              server.readUntil(HEAD_END);
              server.write(OK);
            });
    try (SocketPeer client = client(backend)) {
      for (int i = 1; i <= 3; i++) {
        client.write(GET);
        assertThat(response(client)).isEqualTo("ok");
        int expected = i;
        await().until(() -> backend.accepted() == expected);
      }
    }
  }

  @Test
  void deadlinesAreAnsweredAndCloseTheConnection() throws Exception {
    ScriptedBackend backend = backend(server -> server.awaitEnd());
    ExchangeConfig config =
        new ExchangeConfig(
            ExchangeConfig.Limits.DEFAULT,
            new ExchangeConfig.Deadlines(
                Duration.ofMillis(300),
                Duration.ofMillis(300),
                Duration.ofMillis(300),
                Duration.ofMillis(600)));
    InetSocketAddress address = open(config, backend);
    try (SocketPeer slow = SocketPeer.connect(address);
        SocketPeer unanswered = SocketPeer.connect(address);
        SocketPeer stalled = SocketPeer.connect(address);
        SocketPeer idle = SocketPeer.connect(address)) {
      slow.write("GET / HT");
      unanswered.write(GET);
      stalled.write(POST + "Content-Length: 10\r\n\r\nhalf");
      assertThat(slow.readToEnd().text()).startsWith("HTTP/1.1 408 ");
      assertThat(unanswered.readUntil(HEAD_END)).startsWith("HTTP/1.1 504 ");
      assertThat(stalled.readToEnd().text()).startsWith("HTTP/1.1 408 ");
      assertThat(idle.awaitEnd()).isEqualTo(Ending.FIN);
    }
  }

  /** Its deadline is for a body without progress, not for a body. */
  @Test
  void aClientThatReadsSlowlyGetsTheWholeBody() throws Exception {
    byte[] payload = payload();
    ScriptedBackend backend =
        backend(
            server -> {
              server.readUntil(HEAD_END);
              server.write("HTTP/1.1 200 OK\r\nContent-Length: " + payload.length + HEAD_END);
              server.write(payload);
              server.awaitEnd();
            });
    ExchangeConfig config =
        new ExchangeConfig(
            ExchangeConfig.Limits.DEFAULT,
            new ExchangeConfig.Deadlines(
                Duration.ofMillis(300),
                Duration.ofSeconds(1),
                Duration.ofSeconds(1),
                Duration.ofSeconds(60)));
    try (SocketPeer client = SocketPeer.connect(open(config, backend))) {
      client.write(GET.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
      client.readUntil(HEAD_END);
      byte[] read = new byte[payload.length];
      for (int at = 0; at < read.length; ) {
        int length = Math.min(read.length / 32, read.length - at);
        System.arraycopy(client.readExactly(length), 0, read, at, length);
        at += length;
        await().pollDelay(Duration.ofMillis(50)).until(() -> true);
      }
      assertThat(read).isEqualTo(payload);
      assertThat(client.awaitEnd()).isEqualTo(Ending.FIN);
    }
  }

  @Test
  void aLimitOnBodiesHoldsForLengthsAndChunks() throws Exception {
    ScriptedBackend backend = backend(HttpThroughSocketsTest::answerAll);
    ExchangeConfig config =
        new ExchangeConfig(
            new ExchangeConfig.Limits(DataSize.ofKiB(16), 100, 100, new DataSize(10)),
            ExchangeConfig.Deadlines.DEFAULT);
    InetSocketAddress address = open(config, backend);
    try (SocketPeer length = SocketPeer.connect(address);
        SocketPeer chunks = SocketPeer.connect(address)) {
      length.write(POST + "Content-Length: 11\r\n\r\n");
      assertThat(length.readUntil(HEAD_END)).startsWith("HTTP/1.1 413 ");
      chunks.write(POST + "Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n");
      await().until(() -> backend.accepted() == 1);
      chunks.write("6\r\nabcdef\r\n");
      assertThat(chunks.readUntil(HEAD_END)).startsWith("HTTP/1.1 413 ");
    }
  }

  @Test
  void aDrainCompletesTheRequestThatHasBegunAndClosesAfterIt() throws Exception {
    CompletableFuture<Void> release = new CompletableFuture<>();
    ScriptedBackend backend =
        backend(
            server -> {
              server.readUntil(HEAD_END);
              release.get(20, TimeUnit.SECONDS);
              server.write(OK);
              server.awaitEnd();
            });
    try (SocketPeer client = client(backend)) {
      client.write(GET);
      await().until(() -> backend.accepted() == 1);
      CompletableFuture<Integer> drained =
          CompletableFuture.supplyAsync(() -> group.drain(Duration.ofSeconds(20)));
      await().until(() -> group.workers().get(0).isDraining());
      assertThat(drained).isNotDone();
      release.complete(null);
      assertThat(client.readToEnd().text()).contains("Connection: close").endsWith("ok");
      assertThat(drained.get(20, TimeUnit.SECONDS)).isZero();
    }
  }

  @Test
  void theEndOfADrainClosesWhatIsStillUnderWay() throws Exception {
    ScriptedBackend backend = backend(server -> server.awaitEnd());
    try (SocketPeer client = client(backend)) {
      client.write(GET);
      await().until(() -> backend.accepted() == 1);
      assertThat(group.drain(Duration.ofMillis(100))).isEqualTo(1);
      assertThat(client.awaitEnd()).isEqualTo(Ending.FIN);
    }
    assertThat(reason()).isEqualTo(CloseReason.DRAINED);
    assertThat(group.workers().get(0).counters().of(ExchangeEnd.class).get(ExchangeEnd.CLOSED))
        .isEqualTo(1);
  }

  @Test
  void aRetiredPlanEndsConnectionsAfterTheirNextResponse() throws Exception {
    ScriptedBackend backend = backend(HttpThroughSocketsTest::answerAll);
    try (SocketPeer client = client(backend)) {
      client.write(GET);
      assertThat(response(client)).isEqualTo("ok");
      plan.retire();
      client.write(GET);
      assertThat(client.readToEnd().text()).contains("Connection: close").endsWith("ok");
    }
    assertThat(reason()).isEqualTo(CloseReason.LAST_RESPONSE);
  }

  @Test
  void aClientThatDoesNotReadStopsItsServer() throws Exception {
    CompletableFuture<Long> written = new CompletableFuture<>();
    long whole = 256L * 1024 * 1024;
    ScriptedBackend backend =
        backend(
            server -> {
              server.readUntil(HEAD_END);
              server.write("HTTP/1.1 200 OK\r\nContent-Length: " + whole + HEAD_END);
              byte[] piece = new byte[64 * 1024];
              long sent = 0;
              try {
                while (sent < whole) {
                  server.write(piece);
                  sent += piece.length;
                }
              } finally {
                written.complete(sent);
              }
            });
    Worker worker = group.workers().get(0);
    try (SocketPeer client = client(backend)) {
      client.write(GET);
      client.readUntil(HEAD_END);
      await().until(() -> worker.pauses(PauseReason.PEER_FULL) > 0);
      assertThat(worker.counts().get(WorkerCount.OUTBOUND_OUT))
          .isLessThan(RelayConfig.Watermarks.DEFAULT.high().bytes() + 128 * 1024);
      assertThat(written).isNotDone();
    }
    assertThat(written.get(20, TimeUnit.SECONDS)).isLessThan(whole);
  }

  /**
   * Random exchanges of several clients at once: bodies of any size and framing, requests that
   * follow before the answer, servers that close, against what each client expects.
   */
  @Test
  void randomExchangesCarryEveryByte() throws Exception {
    long seed = System.nanoTime();
    ScriptedBackend backend = backend(server -> echoAll(server, new Random(seed)));
    InetSocketAddress address = open(ExchangeConfig.DEFAULT, backend);
    List<CompletableFuture<Void>> clients = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      Random random = new Random(seed + i);
      clients.add(
          CompletableFuture.runAsync(
              () -> {
                try {
                  exchangeAtRandom(address, random);
                } catch (IOException failure) {
                  throw new java.io.UncheckedIOException(failure);
                }
              }));
    }
    for (CompletableFuture<Void> client : clients) {
      assertThat(client).as("seed %d", seed).succeedsWithin(Duration.ofSeconds(60));
    }
    assertThat(group.workers().get(0).counters().of(Refusal.class).get(Refusal.START_LINE))
        .isZero();
  }

  private static void exchangeAtRandom(InetSocketAddress address, Random random)
      throws IOException {
    int left = 60;
    while (left > 0) {
      try (SocketPeer client = SocketPeer.connect(address)) {
        for (int ahead = 1 + random.nextInt(left); ahead > 0; ) {
          int burst = random.nextInt(4) == 0 ? Math.min(ahead, 1 + random.nextInt(4)) : 1;
          List<byte[]> bodies = new ArrayList<>();
          for (int i = 0; i < burst; i++) {
            // What is pipelined is small, so that neither side waits for the other to read.
            byte[] body = new byte[random.nextInt(burst > 1 ? 2000 : 300_000)];
            random.nextBytes(body);
            bodies.add(body);
            request(client, body, random);
          }
          for (byte[] body : bodies) {
            assertThat(body(client, client.readUntil(HEAD_END))).isEqualTo(body);
          }
          ahead -= burst;
          left -= burst;
        }
      }
    }
  }

  private static void request(SocketPeer client, byte[] body, Random random) throws IOException {
    if (random.nextBoolean()) {
      java.io.ByteArrayOutputStream whole = new java.io.ByteArrayOutputStream();
      whole.writeBytes(
          (POST + "Content-Length: " + body.length + HEAD_END).getBytes(StandardCharsets.US_ASCII));
      whole.writeBytes(body);
      byte[] bytes = whole.toByteArray();
      int cut = random.nextInt(bytes.length);
      client.write(java.util.Arrays.copyOfRange(bytes, 0, cut));
      client.write(java.util.Arrays.copyOfRange(bytes, cut, bytes.length));
    } else {
      client.write(POST + "Transfer-Encoding: chunked" + HEAD_END);
      writeChunked(client, body);
    }
  }

  private static void echoAll(SocketPeer server, Random random) throws IOException {
    while (true) {
      byte[] body = body(server, server.readUntil(HEAD_END));
      switch (random.nextInt(4)) {
        case 0 -> {
          server.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked" + HEAD_END);
          writeChunked(server, body);
        }
        case 1 -> {
          server.write("HTTP/1.1 200 OK\r\n\r\n");
          server.write(body);
          return;
        }
        case 2 -> {
          server.write("HTTP/1.1 103 Early Hints\r\n\r\n".repeat(random.nextInt(3)));
          server.write(
              "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " + body.length + HEAD_END);
          server.write(body);
          return;
        }
        default -> {
          server.write("HTTP/1.1 200 OK\r\nContent-Length: " + body.length + HEAD_END);
          server.write(body);
        }
      }
    }
  }

  // Peers.

  private static void answerAll(SocketPeer server) throws IOException {
    while (true) {
      body(server, server.readUntil(HEAD_END));
      server.write(OK);
    }
  }

  private ScriptedBackend backend(ScriptedBackend.Script script) {
    ScriptedBackend started = ScriptedBackend.start(script);
    backends.add(started);
    return started;
  }

  private SocketPeer client(ScriptedBackend backend) throws IOException {
    return SocketPeer.connect(open(ExchangeConfig.DEFAULT, backend));
  }

  private InetSocketAddress open(ExchangeConfig config, ScriptedBackend backend)
      throws IOException {
    return open(config, FieldConfig.DEFAULT, backend);
  }

  private InetSocketAddress open(ExchangeConfig config, FieldConfig fields, ScriptedBackend backend)
      throws IOException {
    BackendPool pool =
        new BackendPool(
            "app",
            Balance.ROUND_ROBIN,
            List.of(
                new Server(
                    ServerConfig.at(new Endpoint.Inet("127.0.0.1", backend.address().getPort())),
                    backend.address())));
    HttpRouteConfig all =
        new HttpRouteConfig(
            "all",
            RouteConfig.toAll("app"),
            List.of(),
            null,
            List.of(),
            List.of(),
            new HttpRouteConfig.ToBackend("app", null));
    plan =
        new HttpPlan(
            new HttpRoutes(List.of(new HttpRoute(all, pool))),
            new FieldRules(fields),
            new H1Backends(
                new Connector(Map.of("app", ConnectConfig.DEFAULT)),
                Map.of("app", KeptConfig.DEFAULT),
                config,
                RelayConfig.Watermarks.DEFAULT),
            config,
            RelayConfig.DEFAULT,
            Map.of(),
            null,
            null);
    HttpConversation conversation = new HttpConversation(plan);
    return (InetSocketAddress)
        group.open(
            new ListenerConfig("web", new Endpoint.Inet("127.0.0.1", 0), 128, 0),
            new ConnectionFlow.Plan(
                new Handshake(ProtocolLayer.PLAIN, HandshakeConfig.DEFAULT),
                secured -> conversation,
                Set.of("app")));
  }

  private CloseReason reason() throws InterruptedException {
    return take(reasons);
  }

  private static <T> T take(BlockingQueue<T> from) throws InterruptedException {
    T taken = from.poll(20, TimeUnit.SECONDS);
    assertThat(taken).isNotNull();
    return taken;
  }

  private static String response(SocketPeer from) throws IOException {
    return new String(body(from, from.readUntil(HEAD_END)), StandardCharsets.ISO_8859_1);
  }

  private static byte[] bodyOf(SocketPeer from) {
    try {
      return body(from, from.readUntil(HEAD_END));
    } catch (IOException failure) {
      throw new java.io.UncheckedIOException(failure);
    }
  }

  private static byte[] body(SocketPeer from, String first) throws IOException {
    String head = first;
    while (head.startsWith("HTTP/1.1 103 ")) {
      head = from.readUntil(HEAD_END);
    }
    if (head.contains("Transfer-Encoding: chunked")) {
      java.io.ByteArrayOutputStream all = new java.io.ByteArrayOutputStream();
      while (true) {
        int size = Integer.parseInt(from.readUntil("\r\n").trim(), 16);
        all.writeBytes(from.readExactly(size));
        from.readUntil("\r\n");
        if (size == 0) {
          return all.toByteArray();
        }
      }
    }
    int at = head.indexOf("Content-Length: ");
    return at < 0
        ? new byte[0]
        : from.readExactly(Integer.parseInt(head.substring(at + 16, head.indexOf('\r', at))));
  }

  private static void writeChunked(SocketPeer to, byte[] body) throws IOException {
    int at = 0;
    int size = 1;
    while (at < body.length) {
      int length = Math.min(size, body.length - at);
      java.io.ByteArrayOutputStream chunk = new java.io.ByteArrayOutputStream();
      chunk.writeBytes((Integer.toHexString(length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
      chunk.write(body, at, length);
      chunk.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
      to.write(chunk.toByteArray());
      at += length;
      size = size * 3 % 40_001 + 1;
    }
    to.write("0\r\n\r\n");
  }

  private static byte[] payload() {
    byte[] bytes = new byte[SIZE];
    new Random(7).nextBytes(bytes);
    return bytes;
  }
}
