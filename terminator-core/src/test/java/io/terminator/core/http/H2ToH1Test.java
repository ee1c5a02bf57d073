package io.terminator.core.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.core.accept.ListenerConfig;
import io.terminator.core.chain.Protection;
import io.terminator.core.chain.ProtocolLayer;
import io.terminator.core.connect.ConnectConfig;
import io.terminator.core.connect.Connector;
import io.terminator.core.connect.KeptConfig;
import io.terminator.core.connection.ConnectionFlow;
import io.terminator.core.connection.WorkerGroup;
import io.terminator.core.frame.FrameConfig;
import io.terminator.core.handshake.Handshake;
import io.terminator.core.handshake.HandshakeConfig;
import io.terminator.core.handshake.Secured;
import io.terminator.core.http.exchange.ExchangeConfig;
import io.terminator.core.http.exchange.HttpPlan;
import io.terminator.core.http.field.FieldConfig;
import io.terminator.core.http.field.FieldRules;
import io.terminator.core.http.h1.H1Backends;
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
import io.terminator.core.setting.Endpoint;
import io.terminator.core.throttle.PauseReason;
import io.terminator.core.worker.Worker;
import io.terminator.core.worker.WorkerConfig;
import io.terminator.testkit.H2Cases;
import io.terminator.testkit.H2Client;
import io.terminator.testkit.H2Client.Frame;
import io.terminator.testkit.H2Client.Response;
import io.terminator.testkit.ScriptedBackend;
import io.terminator.testkit.SocketPeer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** HTTP/2 with clients and HTTP/1.1 with servers, through routes, rules and exchanges. */
class H2ToH1Test {
  private static final String HEAD_END = "\r\n\r\n";
  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

  private final BlockingQueue<CloseReason> reasons = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> heads = new LinkedBlockingQueue<>();
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
  void stop() {
    Worker worker = group.workers().get(0);
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> worker.counts().get(WorkerCount.CONNECTIONS_ACTIVE) == 0);
    group.close();
    assertThat(worker.frames().used()).as("frames left over").isZero();
    assertThat(worker.counts().get(WorkerCount.OUTBOUND_IN)).isZero();
    assertThat(worker.counts().get(WorkerCount.OUTBOUND_OUT)).isZero();
    assertThat(worker.counts().get(WorkerCount.INTERNAL_ERRORS)).isZero();
    for (PauseReason reason : PauseReason.values()) {
      assertThat(worker.resumes(reason)).as("%s", reason).isEqualTo(worker.pauses(reason));
    }
    backends.forEach(ScriptedBackend::close);
  }

  @Test
  void aRequestReachesTheServerAsHttp1() throws Exception {
    try (H2Client client = client(this::answer)) {
      client.headers(
          1, true, H2Client.request("GET", "/a?b", "accept: */*", "cookie: a=1", "cookie: b=2"));
      Response response = client.response(1);

      assertThat(response.status()).isEqualTo("200");
      assertThat(response.text()).isEqualTo("hello");
      assertThat(response.head()).doesNotContainKeys("connection", "transfer-encoding");
    }
    assertThat(heads.poll(20, TimeUnit.SECONDS))
        .startsWith("GET /a?b HTTP/1.1\r\n")
        .containsIgnoringCase("Host: localhost\r\n")
        .contains("accept: */*\r\n")
        .contains("cookie: a=1; b=2\r\n")
        .doesNotContain("Transfer-Encoding", ":path");
    assertThat(reasons.poll(20, TimeUnit.SECONDS)).isEqualTo(CloseReason.CLIENT_CLOSED);
  }

  @Test
  void aBodyWithoutLengthIsSentInChunksWithItsTrailers() throws Exception {
    BlockingQueue<String> bodies = new LinkedBlockingQueue<>();
    try (H2Client client =
        client(
            server -> {
              heads.add(server.readUntil(HEAD_END));
              bodies.add(server.readUntil("x-t: v\r\n\r\n"));
              server.write(OK);
              server.awaitEnd();
            })) {
      client.headers(1, false, H2Client.request("POST", "/"));
      client.data(1, false, "first");
      client.data(1, false, "second");
      client.headers(1, true, "x-t: v");

      assertThat(client.response(1).text()).isEqualTo("hello");
    }
    assertThat(heads.poll(20, TimeUnit.SECONDS)).contains("Transfer-Encoding: chunked");
    assertThat(bodies.poll(20, TimeUnit.SECONDS))
        .isEqualTo("5\r\nfirst\r\n6\r\nsecond\r\n0\r\nx-t: v\r\n\r\n");
  }

  @Test
  void aChunkedResponseWithTrailersBecomesDataAndTrailers() throws Exception {
    try (H2Client client =
        client(
            server -> {
              server.readUntil(HEAD_END);
              server.write(
                  "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
                      + "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n"
                      + "3\r\nabc\r\n4\r\ndefg\r\n0\r\nX-T: v\r\n\r\n");
              server.awaitEnd();
            })) {
      client.get(1, "/");
      Frame interim = client.await(H2Client.HEADERS);
      assertThat(client.fields(interim)).containsEntry(":status", "103");
      Response response = client.response(1);

      assertThat(response.text()).isEqualTo("abcdefg");
      assertThat(response.trailers()).containsEntry("x-t", "v");
    }
  }

  @Test
  void requestsOfOneConnectionAreAnsweredInAnyOrder() throws Exception {
    CountDownLatch second = new CountDownLatch(1);
    try (H2Client client =
        client(
            server -> {
              String head = server.readUntil(HEAD_END);
              if (head.startsWith("GET /first")) {
                assertThat(second.await(20, TimeUnit.SECONDS)).isTrue();
              }
              server.write(OK);
              server.awaitEnd();
            })) {
      client.get(1, "/first");
      client.get(3, "/second");
      assertThat(client.response(3).status()).isEqualTo("200");
      second.countDown();
      assertThat(client.response(1).status()).isEqualTo("200");
    }
  }

  @Test
  void aLargeResponseWaitsForTheWindowAndStopsItsServerOnly() throws Exception {
    byte[] payload = new byte[4 * 1024 * 1024];
    new Random(7).nextBytes(payload);
    try (H2Client client =
        client(
            server -> {
              String head = server.readUntil(HEAD_END);
              if (head.startsWith("GET /large")) {
                server.write("HTTP/1.1 200 OK\r\nContent-Length: " + payload.length + "\r\n\r\n");
                server.write(payload);
              } else {
                server.write(OK);
              }
              server.awaitEnd();
            })) {
      client.get(1, "/large");
      client.get(3, "/small");
      client.windowUpdate(0, 1 << 30);
      ByteArrayOutputStream body = new ByteArrayOutputStream();
      boolean small = false;
      while (body.size() < 65_535 || !small) {
        Frame data = client.await(H2Client.DATA);
        if (data.stream() == 1) {
          body.writeBytes(data.payload());
        } else {
          small |= data.has(H2Client.END_STREAM);
        }
      }
      assertThat(body.size()).isEqualTo(65_535);
      Worker worker = group.workers().get(0);
      assertThat(worker.frames().used()).as("frames of a stream that waits").isLessThan(40);
      client.windowUpdate(1, 1 << 30);
      Frame data;
      do {
        data = client.await(H2Client.DATA);
        body.writeBytes(data.payload());
      } while (!data.has(H2Client.END_STREAM));
      assertThat(body.toByteArray()).isEqualTo(payload);
    }
  }

  @Test
  void aLargeUploadArrivesWhole() throws Exception {
    byte[] payload = new byte[3 * 1024 * 1024];
    new Random(8).nextBytes(payload);
    BlockingQueue<byte[]> bodies = new LinkedBlockingQueue<>();
    try (H2Client client =
        client(
            server -> {
              server.readUntil(HEAD_END);
              bodies.add(server.readExactly(payload.length));
              server.write(OK);
              server.awaitEnd();
            })) {
      client.headers(1, false, H2Client.request("POST", "/", "content-length: " + payload.length));
      int window = 64 * 1024;
      int connection = 1024 * 1024;
      for (int at = 0; at < payload.length; ) {
        int length = Math.min(16384, payload.length - at);
        while (window < length || connection < length) {
          Frame update = client.await(H2Client.WINDOW_UPDATE);
          if (update.stream() == 1) {
            window += update.increment();
          } else {
            connection += update.increment();
          }
        }
        window -= length;
        connection -= length;
        boolean last = at + length == payload.length;
        client.frame(
            H2Client.DATA,
            last ? H2Client.END_STREAM : 0,
            1,
            java.util.Arrays.copyOfRange(payload, at, at + length));
        at += length;
      }
      assertThat(client.response(1).status()).isEqualTo("200");
    }
    assertThat(bodies.poll(20, TimeUnit.SECONDS)).isEqualTo(payload);
  }

  @Test
  void aServerThatBreaksOffResetsTheStreamOnly() throws Exception {
    try (H2Client client =
        client(
            server -> {
              String head = server.readUntil(HEAD_END);
              if (head.startsWith("GET /broken")) {
                server.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort");
              } else {
                server.write(OK);
                server.awaitEnd();
              }
            })) {
      client.get(1, "/broken");
      assertThat(client.response(1).reset()).isEqualTo(2);
      client.get(3, "/");
      assertThat(client.response(3).text()).isEqualTo("hello");
    }
  }

  @Test
  void aCancelledRequestEndsAtItsServer() throws Exception {
    CountDownLatch ended = new CountDownLatch(1);
    try (H2Client client =
        client(
            server -> {
              heads.add(server.readUntil(HEAD_END));
              server.awaitEnd();
              ended.countDown();
            })) {
      client.get(1, "/");
      assertThat(heads.poll(20, TimeUnit.SECONDS)).isNotNull();
      client.reset(1, 8);
      assertThat(ended.await(20, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void webSocketThroughExtendedConnect() throws Exception {
    try (H2Client client =
        client(
            server -> {
              heads.add(server.readUntil(HEAD_END));
              server.write(
                  "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n"
                      + "Upgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\nwelcome");
              server.write(server.readExactly(5));
              server.finishOutput();
              server.awaitEnd();
            })) {
      client.headers(
          1,
          false,
          H2Client.request(
              "CONNECT", "/chat", ":protocol: websocket", "sec-websocket-version: 13"));
      Frame head = client.await(H2Client.HEADERS);
      assertThat(client.fields(head))
          .containsEntry(":status", "200")
          .doesNotContainKeys("sec-websocket-accept", "upgrade");
      StringBuilder received = new StringBuilder();
      while (received.length() < 7) {
        received.append(client.await(H2Client.DATA).text());
      }
      client.data(1, false, "frame");
      while (received.length() < 12) {
        received.append(client.await(H2Client.DATA).text());
      }
      assertThat(received.toString()).isEqualTo("welcomeframe");
      client.await(frame -> frame.type() == H2Client.DATA && frame.has(H2Client.END_STREAM));
      client.data(1, true, "");
    }
    assertThat(heads.poll(20, TimeUnit.SECONDS))
        .startsWith("GET /chat HTTP/1.1\r\n")
        .containsIgnoringCase("Upgrade: websocket\r\n")
        .containsIgnoringCase("Connection: upgrade\r\n")
        .containsIgnoringCase("sec-websocket-key: ")
        .contains("sec-websocket-version: 13\r\n")
        .doesNotContain("Transfer-Encoding");
  }

  /** Before 101 they would be the next request for the server, past every rule on requests. */
  @Test
  void bytesThatAClientSendsBeforeItsTunnelIsOpenAreNoRequest() throws Exception {
    CountDownLatch arrived = new CountDownLatch(1);
    BlockingQueue<String> surplus = new LinkedBlockingQueue<>();
    try (H2Client client =
        client(
            server -> {
              server.readUntil(HEAD_END);
              assertThat(arrived.await(20, TimeUnit.SECONDS)).isTrue();
              server.write("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
              surplus.add(server.readToEnd().text());
            })) {
      client.headers(1, false, H2Client.request("CONNECT", "/chat", ":protocol: websocket"));
      client.data(1, false, "GET /admin HTTP/1.1\r\nHost: a.example\r\n\r\n");
      client.ping(7);
      client.await(frame -> frame.type() == H2Client.PING && frame.has(H2Client.ACK));
      arrived.countDown();
      assertThat(client.response(1).status()).isEqualTo("404");
      assertThat(surplus.poll(20, TimeUnit.SECONDS)).isEmpty();
    }
  }

  @Test
  void bytesAndTheEndThatAClientSendsBeforeItsTunnelIsOpenFollowIt() throws Exception {
    CountDownLatch arrived = new CountDownLatch(1);
    BlockingQueue<String> received = new LinkedBlockingQueue<>();
    String early = "early".repeat(9000);
    try (H2Client client =
        client(
            server -> {
              server.readUntil(HEAD_END);
              assertThat(arrived.await(20, TimeUnit.SECONDS)).isTrue();
              server.write(
                  "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n"
                      + "Upgrade: websocket\r\n\r\n");
              received.add(server.readToEnd().text());
              server.write("bye");
            })) {
      client.headers(1, false, H2Client.request("CONNECT", "/chat", ":protocol: websocket"));
      for (int at = 0; at < early.length(); at += 9000) {
        client.data(1, at + 9000 == early.length(), early.substring(at, at + 9000));
      }
      client.ping(7);
      client.await(frame -> frame.type() == H2Client.PING && frame.has(H2Client.ACK));
      arrived.countDown();
      H2Client.Response response = client.response(1);
      assertThat(response.status()).isEqualTo("200");
      assertThat(response.text()).isEqualTo("bye");
      assertThat(received.poll(20, TimeUnit.SECONDS)).isEqualTo(early);
    }
  }

  @Test
  void otherTunnelsAreRefused() throws Exception {
    try (H2Client client = client(this::answer)) {
      client.headers(1, false, H2Client.request("CONNECT", "/", ":protocol: connect-udp"));
      assertThat(client.response(1).status()).isEqualTo("501");
      client.headers(3, false, ":method: CONNECT", ":authority: localhost:25");
      assertThat(client.response(3).status()).isEqualTo("501");
    }
    assertThat(heads).isEmpty();
  }

  @Test
  void aRetiredPlanCompletesWhatWasBegun() throws Exception {
    CountDownLatch retired = new CountDownLatch(1);
    try (H2Client client =
        client(
            server -> {
              server.readUntil(HEAD_END);
              assertThat(retired.await(20, TimeUnit.SECONDS)).isTrue();
              server.write(OK);
              server.awaitEnd();
            })) {
      client.get(1, "/");
      client.ping(1);
      client.await(H2Client.PING);
      plan.retire();
      client.get(3, "/");
      Frame goAway = client.await(H2Client.GOAWAY);
      assertThat(goAway.lastStream()).isEqualTo(Integer.MAX_VALUE);
      retired.countDown();
      List<Integer> ended = new ArrayList<>();
      while (ended.size() < 2) {
        Frame data = client.await(H2Client.DATA);
        assertThat(data.text()).isEqualTo("hello");
        ended.add(data.stream());
      }
      assertThat(ended).containsExactlyInAnyOrder(1, 3);
    }
  }

  /** Requests are answered by a server; {@code /slow} and {@code /stuck} get no answer. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void behavesWithAServer(H2Cases.Case one) throws Exception {
    ScriptedBackend backend = ScriptedBackend.start(this::answer);
    backends.add(backend);
    // A case sends the preface itself.
    try (H2Client client = H2Client.over(SocketPeer.connect(open(backend)))) {
      one.run(client);
    }
  }

  static Stream<H2Cases.Case> cases() {
    return H2Cases.all().stream();
  }

  private void answer(SocketPeer server) throws IOException {
    while (true) {
      String head = server.readUntil(HEAD_END);
      heads.add(head);
      if (head.contains(" /slow ") || head.contains(" /stuck ")) {
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
      server.write(head.startsWith("HEAD") ? OK.substring(0, OK.length() - 5) : OK);
    }
  }

  private H2Client client(ScriptedBackend.Script script) throws IOException {
    ScriptedBackend backend = ScriptedBackend.start(script);
    backends.add(backend);
    return H2Client.over(SocketPeer.connect(open(backend))).begin();
  }

  private InetSocketAddress open(ScriptedBackend backend) throws IOException {
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
            new FieldRules(FieldConfig.DEFAULT),
            new H1Backends(
                new Connector(Map.of("app", ConnectConfig.DEFAULT)),
                Map.of("app", KeptConfig.DEFAULT),
                ExchangeConfig.DEFAULT,
                RelayConfig.Watermarks.DEFAULT),
            ExchangeConfig.DEFAULT,
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
                secured -> (client, next) -> conversation.begin(agreed(client), next),
                Set.of("app")));
  }

  /** As if ALPN had chosen h2. */
  private static Secured agreed(Secured plain) {
    Protection none = plain.protection();
    return new Secured(
        plain.accepted(),
        plain.client(),
        new Protection(
            none.version(),
            none.cipher(),
            none.group(),
            false,
            null,
            HttpProtocol.HTTP_2.alpn(),
            List.of(),
            null,
            null));
  }
}
