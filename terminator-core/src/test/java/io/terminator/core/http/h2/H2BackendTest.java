package io.terminator.core.http.h2;

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
import io.terminator.core.conversation.Conversation;
import io.terminator.core.frame.FrameConfig;
import io.terminator.core.handshake.Handshake;
import io.terminator.core.handshake.HandshakeConfig;
import io.terminator.core.handshake.Secured;
import io.terminator.core.http.HttpConversation;
import io.terminator.core.http.HttpProtocol;
import io.terminator.core.http.exchange.ExchangeConfig;
import io.terminator.core.http.exchange.HttpPlan;
import io.terminator.core.http.field.FieldConfig;
import io.terminator.core.http.field.FieldRules;
import io.terminator.core.http.route.HttpRoute;
import io.terminator.core.http.route.HttpRouteConfig;
import io.terminator.core.http.route.HttpRoutes;
import io.terminator.core.observe.WorkerCount;
import io.terminator.core.relay.RelayConfig;
import io.terminator.core.route.BackendPool;
import io.terminator.core.route.Balance;
import io.terminator.core.route.RouteConfig;
import io.terminator.core.route.Server;
import io.terminator.core.route.ServerConfig;
import io.terminator.core.route.ServerCount;
import io.terminator.core.setting.DataSize;
import io.terminator.core.setting.Endpoint;
import io.terminator.core.throttle.PauseReason;
import io.terminator.core.worker.Worker;
import io.terminator.core.worker.WorkerConfig;
import io.terminator.testkit.Deterministic;
import io.terminator.testkit.H2Client;
import io.terminator.testkit.H2Client.Frame;
import io.terminator.testkit.H2Client.Response;
import io.terminator.testkit.ScriptedBackend;
import io.terminator.testkit.SocketPeer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests of clients of both versions, forwarded to a server that speaks HTTP/2 without TLS. */
class H2BackendTest {
  private static final String HEAD_END = "\r\n\r\n";
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final int INITIAL_WINDOW_SIZE = 4;
  private static final byte REFUSED_STREAM = 7;
  private static final byte ENHANCE_YOUR_CALM = 11;

  private WorkerGroup group;
  private TestServer server;
  private Server target;

  @BeforeEach
  void start() throws IOException {
    group = group(FrameConfig.DEFAULT);
    server = new TestServer(ExchangeConfig.DEFAULT);
  }

  private static WorkerGroup group(FrameConfig frames) {
    return new WorkerGroup(
        new WorkerConfig(1, false), frames, worker -> (connection, closed) -> {}, Duration.ZERO);
  }

  @AfterEach
  void stop() {
    Worker worker = group.workers().get(0);
    await().atMost(PATIENCE).until(() -> worker.counts().get(WorkerCount.CONNECTIONS_ACTIVE) == 0);
    await().atMost(PATIENCE).until(() -> target.count(ServerCount.ACTIVE) == 0);
    group.close();
    assertThat(worker.frames().used()).as("frames left over").isZero();
    assertThat(worker.counts().get(WorkerCount.INTERNAL_ERRORS)).isZero();
    for (PauseReason reason : PauseReason.values()) {
      assertThat(worker.resumes(reason)).as("%s", reason).isEqualTo(worker.pauses(reason));
    }
    server.close();
  }

  @Test
  void requestsOfAllClientsShareOneConnection() throws Exception {
    InetSocketAddress address = open(server.address(), KeptConfig.DEFAULT);
    try (H2Client first = h2(address);
        H2Client second = h2(address)) {
      first.get(1, "/one");
      assertThat(first.response(1).text()).isEqualTo("hello");
      second.get(1, "/two");
      assertThat(second.response(1).text()).isEqualTo("hello");
      second.get(3, "/slow");
      first.get(3, "/three");
      assertThat(first.response(3).text()).isEqualTo("hello");
    }
    assertThat(server.accepted()).isEqualTo(1);
    assertThat(server.exchanges().log).contains("/one", "/two", "/slow", "/three");
    await().atMost(PATIENCE).until(() -> server.exchanges().log.contains("/slow cancelled"));
  }

  @Test
  void aClientOfHttp1() throws Exception {
    InetSocketAddress address = open(server.address(), KeptConfig.DEFAULT, false);
    try (SocketPeer client = SocketPeer.connect(address)) {
      client.write("GET /a HTTP/1.1\r\nHost: a.example\r\n\r\n");
      String head = client.readUntil(HEAD_END);
      assertThat(head).startsWith("HTTP/1.1 200").contains("Transfer-Encoding: chunked");
      assertThat(client.readUntil("0\r\n\r\n")).isEqualTo("5\r\nhello\r\n0\r\n\r\n");
      client.write("POST /echo HTTP/1.1\r\nHost: a.example\r\nContent-Length: 4\r\n\r\nbody");
      client.readUntil(HEAD_END);
      assertThat(client.readUntil("0\r\n\r\n")).isEqualTo("4\r\nbody\r\n0\r\n\r\n");
    }
  }

  @Test
  void aCallThatStreamsBothWaysEndsWithTrailers() throws Exception {
    try (H2Client client = h2(open(server.address(), KeptConfig.DEFAULT))) {
      client.headers(
          1,
          false,
          H2Client.request("POST", "/echo", "te: trailers", "content-type: application/grpc"));
      client.await(H2Client.HEADERS);
      for (int i = 0; i < 5; i++) {
        client.data(1, false, "message " + i);
        assertThat(client.await(H2Client.DATA).text()).isEqualTo("message " + i);
      }
      client.data(1, true, "");
      client.await(frame -> frame.type() == H2Client.DATA && frame.has(H2Client.END_STREAM));
      client.get(3, "/trailers");
      Response response = client.response(3);
      assertThat(response.text()).isEqualTo("hello");
      assertThat(response.trailers()).containsEntry("x-trailer", "value");
    }
  }

  @Test
  void aLargeResponseFollowsTheClientsWindow() throws Exception {
    try (H2Client client = h2(open(server.address(), KeptConfig.DEFAULT))) {
      client.get(1, "/bytes/2000000");
      client.get(3, "/other");
      client.windowUpdate(0, 1 << 30);
      int received = 0;
      boolean other = false;
      while (received < 65_535 || !other) {
        Frame data = client.await(H2Client.DATA);
        received += data.stream() == 1 ? data.payload().length : 0;
        other |= data.stream() == 3;
      }
      client.windowUpdate(1, 1 << 30);
      Frame data;
      do {
        data = client.await(H2Client.DATA);
        received += data.payload().length;
      } while (!data.has(H2Client.END_STREAM));
      assertThat(received).isEqualTo(2_000_000);
    }
    assertThat(server.accepted()).isEqualTo(1);
  }

  @Test
  void aServerThatDrainsGetsNoMoreRequests() throws Exception {
    try (H2Client client = h2(open(server.address(), KeptConfig.DEFAULT))) {
      client.get(1, "/a");
      client.response(1);
      server.drain();
      await().atMost(PATIENCE).until(() -> server.isLastEnded());
      server.resume();
      client.get(3, "/b");
      assertThat(client.response(3).text()).isEqualTo("hello");
    }
    assertThat(server.accepted()).isEqualTo(2);
  }

  @Test
  void anIdleConnectionIsClosed() throws Exception {
    try (H2Client client = h2(open(server.address(), new KeptConfig(1, Duration.ofMillis(300))))) {
      client.get(1, "/a");
      client.response(1);
      await().atMost(PATIENCE).until(() -> server.isLastEnded());
    }
  }

  @Test
  void aServerThatSpeaksHttp1IsABadGateway() throws Exception {
    ScriptedBackend other =
        ScriptedBackend.start(peer -> peer.write("HTTP/1.1 400 Bad Request\r\n\r\n"));
    try (other;
        H2Client client = h2(open(other.address(), KeptConfig.DEFAULT))) {
      client.get(1, "/a");
      assertThat(client.response(1).status()).isEqualTo("502");
    }
  }

  @Test
  void aRequestThatTheServerRefusesIsSentAgain() throws Exception {
    List<Integer> attempts = new ArrayList<>();
    ScriptedBackend refusing =
        ScriptedBackend.start(
            peer -> {
              peer.readExactly(24);
              H2Client frames = H2Client.over(peer);
              frames.settings();
              Frame request = frames.await(H2Client.HEADERS);
              attempts.add(request.stream());
              if (attempts.size() == 1) {
                frames.reset(request.stream(), 7);
              } else {
                frames.headers(request.stream(), true, ":status: 204");
              }
              peer.awaitEnd();
            });
    try (refusing;
        H2Client client = h2(open(refusing.address(), KeptConfig.DEFAULT))) {
      client.headers(1, true, H2Client.request("POST", "/a"));
      assertThat(client.response(1).status()).isEqualTo("204");
    }
    assertThat(attempts).hasSize(2);
  }

  /** Each of them is sent over a connection of its own, all of them in one turn of the worker. */
  @Test
  void moreRequestsThanFramesAreSentAgain() throws Exception {
    int requests = 60;
    group.close();
    group = group(new FrameConfig(DataSize.ofKiB(512)));
    AtomicBoolean first = new AtomicBoolean(true);
    ScriptedBackend refusing =
        ScriptedBackend.start(
            peer -> {
              peer.readExactly(24);
              H2Client frames = H2Client.over(peer);
              frames.settings();
              if (!first.getAndSet(false)) {
                frames.headers(frames.await(H2Client.HEADERS).stream(), true, ":status: 204");
                peer.awaitEnd();
                return;
              }
              ByteArrayOutputStream resets = new ByteArrayOutputStream();
              for (int i = 0; i < requests; i++) {
                int stream = frames.await(H2Client.HEADERS).stream();
                resets.writeBytes(
                    H2Client.bytes(
                        H2Client.RST_STREAM,
                        0,
                        stream,
                        (byte) 0,
                        (byte) 0,
                        (byte) 0,
                        REFUSED_STREAM));
              }
              peer.write(resets.toByteArray());
              peer.awaitEnd();
            });
    try (refusing;
        H2Client client = h2(open(refusing.address(), KeptConfig.DEFAULT))) {
      ByteArrayOutputStream asked = new ByteArrayOutputStream();
      for (int i = 0; i < requests; i++) {
        asked.writeBytes(
            H2Client.bytes(
                H2Client.HEADERS,
                H2Client.END_HEADERS | H2Client.END_STREAM,
                2 * i + 1,
                H2Client.block(H2Client.request("GET", "/a"))));
      }
      client.peer().write(asked.toByteArray());
      List<String> statuses = new ArrayList<>();
      while (statuses.size() < requests) {
        statuses.add(client.fields(client.await(H2Client.HEADERS)).get(":status"));
      }
      assertThat(statuses).containsOnly("204");
    }
    assertThat(refusing.accepted()).isEqualTo(1 + requests);
  }

  @Test
  void aConnectionWhoseServerRefusesOneMoreStreamGetsNoFurtherOnes() throws Exception {
    AtomicBoolean first = new AtomicBoolean(true);
    ScriptedBackend busy =
        ScriptedBackend.start(
            peer -> {
              peer.readExactly(24);
              H2Client frames = H2Client.over(peer);
              frames.settings();
              boolean refuses = first.getAndSet(false);
              for (int i = 0; true; i++) {
                int stream = frames.await(H2Client.HEADERS).stream();
                if (!refuses) {
                  frames.headers(stream, true, ":status: 204");
                } else if (i >= 2) {
                  frames.reset(stream, ENHANCE_YOUR_CALM);
                }
              }
            });
    try (busy;
        H2Client client = h2(open(busy.address(), KeptConfig.DEFAULT))) {
      client.get(1, "/slow");
      client.get(3, "/slow");
      for (int stream = 5; stream <= 11; stream += 2) {
        client.get(stream, "/a");
        assertThat(client.response(stream).status()).isEqualTo("204");
      }
    }
    assertThat(busy.accepted()).isEqualTo(2);
  }

  /**
   * What does not fit into the window waits, and the frame headers of what fits must not change it:
   * the first read of a request has several frames of its body.
   */
  @ParameterizedTest
  @ValueSource(ints = {1, 999, 16_385, 40_000, 65_534})
  void anUploadArrivesUnchangedThroughAWindowOfAnySize(int window) throws Exception {
    byte[] body = Deterministic.bytes(5, window == 1 ? 3_000 : 400_000);
    ByteArrayOutputStream received = new ByteArrayOutputStream();
    ScriptedBackend narrow =
        ScriptedBackend.start(
            peer -> {
              peer.readExactly(24);
              H2Client frames = H2Client.over(peer);
              frames.settings(INITIAL_WINDOW_SIZE, window);
              frames.windowUpdate(0, 1 << 20);
              // The window is known to the second request only.
              frames.headers(frames.await(H2Client.HEADERS).stream(), true, ":status: 204");
              int stream = frames.await(H2Client.HEADERS).stream();
              boolean end = false;
              while (!end) {
                Frame data = frames.await(H2Client.DATA);
                received.writeBytes(data.payload());
                end = data.has(H2Client.END_STREAM);
                if (!end && data.payload().length > 0) {
                  frames.windowUpdate(stream, data.payload().length);
                }
              }
              frames.headers(stream, true, ":status: 204");
              peer.awaitEnd();
            });
    try (narrow;
        SocketPeer client = SocketPeer.connect(open(narrow.address(), KeptConfig.DEFAULT, false))) {
      client.write("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
      client.readUntil(HEAD_END);
      ByteArrayOutputStream request = new ByteArrayOutputStream();
      request.writeBytes(
          ("POST /a HTTP/1.1\r\nHost: a.example\r\nContent-Length: " + body.length + HEAD_END)
              .getBytes(StandardCharsets.US_ASCII));
      request.writeBytes(body);
      client.write(request.toByteArray());
      assertThat(client.readUntil(HEAD_END)).startsWith("HTTP/1.1 204 ");
    }
    assertThat(received.toByteArray()).isEqualTo(body);
  }

  @Test
  void webSocketIsNotImplementedForServersOfHttp2Alone() throws Exception {
    try (SocketPeer client =
        SocketPeer.connect(open(server.address(), KeptConfig.DEFAULT, false))) {
      client.write(
          "GET /ws HTTP/1.1\r\nHost: a.example\r\nUpgrade: websocket\r\n"
              + "Connection: Upgrade\r\n\r\n");
      assertThat(client.readUntil(HEAD_END)).startsWith("HTTP/1.1 501 ");
      assertThat(client.readUntil("\n")).isEqualTo("501 the servers cannot switch protocols\n");
      client.write("GET /a HTTP/1.1\r\nHost: a.example\r\n\r\n");
      assertThat(client.readUntil(HEAD_END)).startsWith("HTTP/1.1 200 ");
    }
    assertThat(server.exchanges().log).containsExactly("/a");
  }

  @Test
  void extendedConnectIsNotImplementedForServersOfHttp2Alone() throws Exception {
    try (H2Client client = h2(open(server.address(), KeptConfig.DEFAULT))) {
      client.headers(1, false, H2Client.request("CONNECT", "/ws", ":protocol: websocket"));
      assertThat(client.response(1).status()).isEqualTo("501");
    }
    assertThat(server.accepted()).isZero();
  }

  @Test
  void aServerThatViolatesTheProtocolLosesItsConnection() throws Exception {
    ScriptedBackend broken =
        ScriptedBackend.start(
            peer -> {
              peer.readExactly(24);
              H2Client frames = H2Client.over(peer);
              frames.settings();
              Frame request = frames.await(H2Client.HEADERS);
              frames.frame(
                  H2Client.HEADERS,
                  H2Client.END_HEADERS,
                  request.stream(),
                  H2Client.block(":status: 200", "connection: close"));
              peer.awaitEnd();
            });
    try (broken;
        H2Client client = h2(open(broken.address(), KeptConfig.DEFAULT))) {
      client.get(1, "/a");
      assertThat(client.response(1).status()).isEqualTo("502");
    }
  }

  private static H2Client h2(InetSocketAddress address) throws IOException {
    return H2Client.over(SocketPeer.connect(address)).begin();
  }

  private InetSocketAddress open(InetSocketAddress backend, KeptConfig kept) throws IOException {
    return open(backend, kept, true);
  }

  private InetSocketAddress open(InetSocketAddress backend, KeptConfig kept, boolean http2)
      throws IOException {
    target =
        new Server(ServerConfig.at(new Endpoint.Inet("127.0.0.1", backend.getPort())), backend);
    BackendPool pool = new BackendPool("app", Balance.ROUND_ROBIN, List.of(target));
    HttpRouteConfig all =
        new HttpRouteConfig(
            "all",
            RouteConfig.toAll("app"),
            List.of(),
            null,
            List.of(),
            List.of(),
            new HttpRouteConfig.ToBackend("app", null));
    HttpPlan plan =
        new HttpPlan(
            new HttpRoutes(List.of(new HttpRoute(all, pool))),
            new FieldRules(FieldConfig.DEFAULT),
            new H2Backends(
                new Connector(Map.of("app", ConnectConfig.DEFAULT)),
                Map.of("app", kept),
                ExchangeConfig.DEFAULT,
                RelayConfig.Watermarks.DEFAULT),
            ExchangeConfig.DEFAULT,
            RelayConfig.DEFAULT,
            Map.of(),
            null,
            null);
    HttpConversation conversation = new HttpConversation(plan);
    Conversation chosen = (client, next) -> conversation.begin(agreed(client, http2), next);
    return (InetSocketAddress)
        group.open(
            new ListenerConfig("web", new Endpoint.Inet("127.0.0.1", 0), 128, 0),
            new ConnectionFlow.Plan(
                new Handshake(ProtocolLayer.PLAIN, HandshakeConfig.DEFAULT),
                secured -> chosen,
                Set.of("app")));
  }

  /** As if ALPN had chosen. */
  private static Secured agreed(Secured plain, boolean http2) {
    Protection none = plain.protection();
    HttpProtocol protocol = http2 ? HttpProtocol.HTTP_2 : HttpProtocol.HTTP_1_1;
    return new Secured(
        plain.accepted(),
        plain.client(),
        new Protection(
            none.version(),
            none.cipher(),
            none.group(),
            false,
            null,
            protocol.alpn(),
            List.of(),
            null,
            null));
  }
}
