package io.terminator.core.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.terminator.core.accept.ListenerConfig;
import io.terminator.core.chain.ByteStream;
import io.terminator.core.chain.ProtocolLayer;
import io.terminator.core.connect.BackendConnection;
import io.terminator.core.connect.ConnectConfig;
import io.terminator.core.connect.ConnectCount;
import io.terminator.core.connect.Connector;
import io.terminator.core.frame.FrameConfig;
import io.terminator.core.handshake.Handshake;
import io.terminator.core.handshake.HandshakeConfig;
import io.terminator.core.observe.WorkerCount;
import io.terminator.core.phase.CloseReason;
import io.terminator.core.relay.Relay;
import io.terminator.core.relay.RelayConfig;
import io.terminator.core.route.BackendPool;
import io.terminator.core.route.Balance;
import io.terminator.core.route.RouteTable;
import io.terminator.core.route.Server;
import io.terminator.core.route.ServerConfig;
import io.terminator.core.setting.Endpoint;
import io.terminator.core.throttle.PauseReason;
import io.terminator.core.worker.Worker;
import io.terminator.core.worker.WorkerConfig;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The six phases with the empty protocol chain, so that only core is tested; the scenarios test it
 * with TLS.
 */
class RelayThroughSocketsTest {
  private static final int SIZE = 10 * 1024 * 1024;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final BlockingQueue<CloseReason> reasons = new LinkedBlockingQueue<>();
  private final byte[] payload = randomBytes();
  private ServerSocket backend;
  private WorkerGroup group;
  private InetSocketAddress address;

  @BeforeEach
  void start() throws IOException {
    backend = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    backend.setSoTimeout((int) PATIENCE.toMillis());
    group =
        new WorkerGroup(
            new WorkerConfig(1, false),
            FrameConfig.DEFAULT,
            worker -> (connection, closed) -> reasons.add(closed.reason()),
            Duration.ZERO);
    address = open("web", RelayConfig.DEFAULT, backend.getLocalSocketAddress());
  }

  @AfterEach
  void stop() throws IOException {
    group.close();
    backend.close();
    Worker worker = group.workers().get(0);
    assertThat(worker.frames().used()).as("frames left over").isZero();
    assertThat(worker.counts().get(WorkerCount.OUTBOUND_IN)).isZero();
    assertThat(worker.counts().get(WorkerCount.OUTBOUND_OUT)).isZero();
    assertThat(worker.counts().get(WorkerCount.CONNECTIONS_ACTIVE)).isZero();
    assertThat(worker.counts().get(WorkerCount.INTERNAL_ERRORS)).isZero();
    for (PauseReason reason : PauseReason.values()) {
      assertThat(worker.resumes(reason)).as("%s", reason).isEqualTo(worker.pauses(reason));
    }
  }

  @Test
  void clientMayEndFirstAndStillGetsTheWholeAnswer() throws Exception {
    try (Socket client = connect();
        Socket server = backend.accept()) {
      CompletableFuture<byte[]> request = readAll(server);
      client.getOutputStream().write("request".getBytes());
      client.shutdownOutput();
      assertThat(request.get(30, TimeUnit.SECONDS)).asString().isEqualTo("request");
      CompletableFuture<byte[]> answer = readAll(client);
      server.getOutputStream().write(payload);
      server.close();
      assertThat(answer.get(30, TimeUnit.SECONDS)).isEqualTo(payload);
    }
    assertThat(reason()).isEqualTo(CloseReason.CLIENT_CLOSED);
  }

  @Test
  void backendMayEndFirstAndStillGetsTheWholeUpload() throws Exception {
    try (Socket client = connect();
        Socket server = backend.accept()) {
      server.shutdownOutput();
      assertThat(client.getInputStream().read()).isEqualTo(-1);
      CompletableFuture<byte[]> upload = readAll(server);
      client.getOutputStream().write(payload);
      client.shutdownOutput();
      assertThat(upload.get(30, TimeUnit.SECONDS)).isEqualTo(payload);
    }
    assertThat(reason()).isEqualTo(CloseReason.BACKEND_CLOSED);
  }

  @Test
  void bothDirectionsMoveAtOnce() throws Exception {
    try (Socket client = connect();
        Socket server = backend.accept()) {
      CompletableFuture<byte[]> up = readAll(server);
      CompletableFuture<byte[]> down = readAll(client);
      CompletableFuture<Void> writing = CompletableFuture.runAsync(() -> writeAndFinish(client));
      writeAndFinish(server);
      writing.get(30, TimeUnit.SECONDS);
      assertThat(up.get(30, TimeUnit.SECONDS)).isEqualTo(payload);
      assertThat(down.get(30, TimeUnit.SECONDS)).isEqualTo(payload);
    }
  }

  @Test
  void earlyAnswerArrivesWholeWhileTheClientStillUploads() throws Exception {
    try (Socket client = connect();
        Socket server = backend.accept()) {
      CompletableFuture<Void> uploading =
          CompletableFuture.runAsync(
              () -> {
                try {
                  while (true) {
                    client.getOutputStream().write(payload);
                  }
                } catch (IOException expected) {
                  // The pair ends while this is still sending.
                }
              });
      server.getInputStream().readNBytes(100_000);
      server.getOutputStream().write(payload, 0, 20_000);
      server.shutdownOutput();
      // With unread bytes this close becomes a reset, which must not overtake the answer.
      server.close();
      assertThat(client.getInputStream().readNBytes(20_000))
          .isEqualTo(java.util.Arrays.copyOf(payload, 20_000));
      assertThat(client.getInputStream().read()).isEqualTo(-1);
      client.close();
      uploading.get(30, TimeUnit.SECONDS);
    }
    reason();
  }

  @Test
  void passesABackendResetOnAsAReset() throws Exception {
    try (Socket client = connect();
        Socket server = backend.accept()) {
      server.getOutputStream().write(payload, 0, 1000);
      assertThat(client.getInputStream().readNBytes(1000)).hasSize(1000);
      server.setSoLinger(true, 0);
      server.close();
      assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
    }
    assertThat(reason()).isEqualTo(CloseReason.BACKEND_RESET);
  }

  @Test
  void passesAClientResetOnAsAReset() throws Exception {
    try (Socket client = connect();
        Socket server = backend.accept()) {
      client.getOutputStream().write(1);
      assertThat(server.getInputStream().read()).isEqualTo(1);
      client.setSoLinger(true, 0);
      client.close();
      assertThatThrownBy(() -> server.getInputStream().read()).isInstanceOf(SocketException.class);
    }
    assertThat(reason()).isEqualTo(CloseReason.CLIENT_RESET);
  }

  @Test
  void holdsNoMoreThanTheMarkForAClientThatDoesNotRead() throws Exception {
    try (Socket client = connect();
        Socket server = backend.accept()) {
      CompletableFuture<Void> writing = CompletableFuture.runAsync(() -> writeAndFinish(server));
      Worker worker = group.workers().get(0);
      await()
          .atMost(PATIENCE)
          .until(
              () -> worker.pauses(PauseReason.PEER_FULL) > worker.resumes(PauseReason.PEER_FULL));
      long most = RelayConfig.Watermarks.DEFAULT.high().bytes() + Worker.RECEIVE_SIZE;
      assertThat(worker.counts().get(WorkerCount.OUTBOUND_OUT_HIGH_WATERMARK))
          .isLessThanOrEqualTo(most);
      assertThat(client.getInputStream().readAllBytes()).isEqualTo(payload);
      writing.get(30, TimeUnit.SECONDS);
      assertThat(worker.counts().get(WorkerCount.OUTBOUND_OUT_HIGH_WATERMARK))
          .isLessThanOrEqualTo(most);
    }
  }

  @Test
  void closesAnIdlePairAndAHalfClosedOneSooner() throws Exception {
    RelayConfig hasty =
        new RelayConfig(
            RelayConfig.Watermarks.DEFAULT,
            RelayConfig.Truncation.RESET,
            new RelayConfig.Deadlines(
                Duration.ofSeconds(2), Duration.ofMillis(300), Duration.ZERO, 0),
            RelayConfig.ByteRates.UNLIMITED);
    InetSocketAddress there = open("hasty", hasty, backend.getLocalSocketAddress());
    try (Socket client = new Socket(there.getAddress(), there.getPort());
        Socket server = backend.accept()) {
      client.shutdownOutput();
      assertThat(server.getInputStream().read()).isEqualTo(-1);
      assertThat(reason()).isEqualTo(CloseReason.HALF_CLOSE_TIMEOUT);
    }
    try (Socket client = new Socket(there.getAddress(), there.getPort());
        Socket server = backend.accept()) {
      assertThat(client.getInputStream().read()).isEqualTo(-1);
      assertThat(server.getInputStream().read()).isEqualTo(-1);
      assertThat(reason()).isEqualTo(CloseReason.IDLE);
    }
  }

  @Test
  void aBackendResetBehindAClientThatDoesNotReadEndsAsHalfClosed() throws Exception {
    RelayConfig hasty =
        new RelayConfig(
            RelayConfig.Watermarks.DEFAULT,
            RelayConfig.Truncation.RESET,
            new RelayConfig.Deadlines(
                Duration.ofMinutes(5), Duration.ofMillis(300), Duration.ZERO, 0),
            RelayConfig.ByteRates.UNLIMITED);
    InetSocketAddress there = open("hasty", hasty, backend.getLocalSocketAddress());
    Worker worker = group.workers().get(0);
    try (Socket client = new Socket(there.getAddress(), there.getPort());
        Socket server = backend.accept()) {
      CompletableFuture<Void> writing = CompletableFuture.runAsync(() -> writeAndFinish(server));
      await()
          .atMost(PATIENCE)
          .until(
              () -> worker.pauses(PauseReason.PEER_FULL) > worker.resumes(PauseReason.PEER_FULL));
      server.setSoLinger(true, 0);
      server.close();
      // Not backend_reset: that is seen by the next read, for which there is no room.
      assertThat(reason()).isEqualTo(CloseReason.HALF_CLOSE_TIMEOUT);
      assertThat(client.isClosed()).isFalse();
      writing.exceptionally(reset -> null).get(30, TimeUnit.SECONDS);
    }
  }

  @Test
  void triesTheNextServerWhenOneRefuses() throws Exception {
    ServerSocket gone = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    SocketAddress refusing = gone.getLocalSocketAddress();
    gone.close();
    InetSocketAddress there =
        open("retry", RelayConfig.DEFAULT, refusing, backend.getLocalSocketAddress());
    for (int i = 0; i < 4; i++) {
      try (Socket client = new Socket(there.getAddress(), there.getPort());
          Socket server = backend.accept()) {
        client.getOutputStream().write(7);
        assertThat(server.getInputStream().read()).isEqualTo(7);
      }
    }
    assertThat(group.workers().get(0).counters().of(ConnectCount.class).get(ConnectCount.RETRIES))
        .isBetween(1L, 3L);
  }

  @Test
  void reallySetsNoDelayOnBothSides() throws Exception {
    try (Socket client = connect();
        Socket server = backend.accept()) {
      client.getOutputStream().write(1);
      assertThat(server.getInputStream().read()).isEqualTo(1);
      List<List<Boolean>> noDelay =
          group.read(
              connection -> {
                List<ByteStream> sides = new ArrayList<>(List.of(connection.client()));
                connection.forEachLeg(leg -> sides.add(((BackendConnection) leg.stage()).stream()));
                return sides.stream().map(RelayThroughSocketsTest::isNoDelay).toList();
              });
      assertThat(noDelay).containsExactly(List.of(true, true));
    }
  }

  private static boolean isNoDelay(ByteStream side) {
    try {
      return side.tcp().socket().isTcpNoDelay();
    } catch (IOException gone) {
      return false;
    }
  }

  @Test
  void refusesAnAddressThatIsTaken() {
    Endpoint taken = new Endpoint.Inet("127.0.0.1", address.getPort());
    assertThatThrownBy(
            () ->
                group.open(
                    new ListenerConfig("second", taken, 16, 0),
                    plan(RelayConfig.DEFAULT, List.of())))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("listener \"second\" cannot listen on 127.0.0.1:" + address.getPort())
        .hasMessageContaining("listeners[].bind");
  }

  @Test
  void movesListeningSocketsToARestartedWorkerWithWhatIsQueuedOnThem() throws Exception {
    try (Socket before = connect();
        Socket beforeServer = backend.accept()) {
      group.restart(0, Duration.ofSeconds(20));
      assertThat(group.workers().get(0).generation()).isEqualTo(1);
      try (Socket after = connect();
          Socket afterServer = backend.accept()) {
        after.getOutputStream().write(2);
        assertThat(afterServer.getInputStream().read()).isEqualTo(2);
        before.getOutputStream().write(1);
        assertThat(beforeServer.getInputStream().read()).isEqualTo(1);
        before.close();
        beforeServer.close();
        await().atMost(PATIENCE).until(() -> group.retiringWorkers().isEmpty());
      }
    }
  }

  @Test
  void restartedWorkersGiveTheirMemoryBack() {
    long before = directMemory();
    for (int i = 0; i < 20; i++) {
      group.restart(0, Duration.ofSeconds(5));
    }
    await().atMost(PATIENCE).until(() -> group.retiringWorkers().isEmpty());
    // Each has a slab of 2 MiB and its scratch.
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              System.gc();
              return directMemory() - before < 8L << 20;
            });
  }

  private static long directMemory() {
    return java.lang.management.ManagementFactory.getPlatformMXBeans(
            java.lang.management.BufferPoolMXBean.class)
        .stream()
        .filter(pool -> pool.getName().equals("direct"))
        .mapToLong(java.lang.management.BufferPoolMXBean::getMemoryUsed)
        .sum();
  }

  @Test
  void drainClosesIdleConnectionsButLetsAnExchangeFinish() throws Exception {
    try (Socket idle = connect();
        Socket idleServer = backend.accept();
        Socket busy = connect();
        Socket busyServer = backend.accept()) {
      idle.getOutputStream().write(1);
      assertThat(idleServer.getInputStream().read()).isEqualTo(1);
      idleServer.getOutputStream().write(1);
      assertThat(idle.getInputStream().read()).isEqualTo(1);
      busy.getOutputStream().write(1);
      assertThat(busyServer.getInputStream().read()).isEqualTo(1);
      CompletableFuture<Integer> drained =
          CompletableFuture.supplyAsync(() -> group.drain(Duration.ofSeconds(20)));
      assertThat(idle.getInputStream().read()).isEqualTo(-1);
      assertThat(drained).isNotDone();
      CompletableFuture<Void> answering =
          CompletableFuture.runAsync(() -> writeAndFinish(busyServer));
      assertThat(busy.getInputStream().readNBytes(SIZE)).isEqualTo(payload);
      answering.get(30, TimeUnit.SECONDS);
      assertThat(drained.get(30, TimeUnit.SECONDS)).isZero();
      assertThat(reason()).isEqualTo(CloseReason.DRAINED);
    }
  }

  private InetSocketAddress open(String name, RelayConfig relay, SocketAddress... servers)
      throws IOException {
    List<Server> all =
        java.util.Arrays.stream(servers)
            .map(server -> new Server(ServerConfig.at(new Endpoint.Unix("app")), server))
            .toList();
    return (InetSocketAddress)
        group.open(
            new ListenerConfig(name, new Endpoint.Inet("127.0.0.1", 0), 128, 0), plan(relay, all));
  }

  private static ConnectionFlow.Plan plan(RelayConfig relay, List<Server> servers) {
    return new ConnectionFlow.Plan(
        new Handshake(ProtocolLayer.PLAIN, HandshakeConfig.DEFAULT),
        new RouteTable(new BackendPool("app", Balance.ROUND_ROBIN, servers)),
        new Connector(Map.of("app", ConnectConfig.DEFAULT)),
        new Relay(relay));
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket(address.getAddress(), address.getPort());
    socket.setSoTimeout((int) PATIENCE.toMillis());
    return socket;
  }

  private CloseReason reason() throws InterruptedException {
    return reasons.poll(30, TimeUnit.SECONDS);
  }

  private void writeAndFinish(Socket socket) {
    try {
      socket.getOutputStream().write(payload);
      socket.shutdownOutput();
    } catch (IOException failure) {
      throw new java.io.UncheckedIOException(failure);
    }
  }

  private static CompletableFuture<byte[]> readAll(Socket socket) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            InputStream input = socket.getInputStream();
            return input.readAllBytes();
          } catch (IOException failure) {
            throw new java.io.UncheckedIOException(failure);
          }
        });
  }

  private static byte[] randomBytes() {
    byte[] bytes = new byte[SIZE];
    new Random(42).nextBytes(bytes);
    return bytes;
  }
}
