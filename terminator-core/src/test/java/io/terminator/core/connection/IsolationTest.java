package io.terminator.core.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.core.accept.ListenerConfig;
import io.terminator.core.chain.ByteStream;
import io.terminator.core.chain.LayerSession;
import io.terminator.core.chain.Protection;
import io.terminator.core.chain.ProtocolLayer;
import io.terminator.core.chain.StreamLayer;
import io.terminator.core.connect.ConnectConfig;
import io.terminator.core.connect.Connector;
import io.terminator.core.frame.FrameConfig;
import io.terminator.core.frame.Scratch;
import io.terminator.core.handshake.Handshake;
import io.terminator.core.handshake.HandshakeConfig;
import io.terminator.core.observe.Diagnostics;
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
import io.terminator.core.worker.Worker;
import io.terminator.core.worker.WorkerConfig;
import io.terminator.testkit.EchoBackend;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * An exception in the protocol chain of one connection, of any kind and at any place, ends only
 * that connection: the worker, its clock and the neighbouring connection continue, and no resource
 * leaks.
 */
class IsolationTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Logger FAULTS = Logger.getLogger(Diagnostics.class.getName());

  /** The place where the layer throws. */
  private enum Site {
    BEGIN,
    ADVANCE,
    HELLO_DEADLINE,
    READ,
    WRITE,
    PENDING,
    BUFFERED,
    FINISH,
    RELEASE,
    OBSERVER
  }

  private final List<Supplier<Throwable>> faults =
      List.of(
          () -> new IllegalStateException("injected"),
          () -> new OutOfMemoryError("injected"),
          () -> new StackOverflowError("injected"));

  private EchoBackend backend;
  private WorkerGroup group;
  private InetSocketAddress healthy;
  private volatile Site site = Site.BEGIN;
  private volatile boolean armed;
  private volatile Supplier<Throwable> fault = faults.get(0);

  @BeforeEach
  void start() throws IOException {
    FAULTS.setUseParentHandlers(false);
    backend = EchoBackend.start();
    group =
        new WorkerGroup(
            new WorkerConfig(1, false),
            FrameConfig.DEFAULT,
            worker ->
                (connection, closed) -> {
                  if (connection.listener().equals("faulty")) {
                    fail(Site.OBSERVER);
                  }
                },
            Duration.ZERO);
    healthy = open("healthy", ProtocolLayer.PLAIN, HandshakeConfig.DEFAULT);
  }

  @AfterEach
  void stop() throws IOException {
    group.close();
    backend.close();
    FAULTS.setUseParentHandlers(true);
    Worker worker = group.workers().get(0);
    assertThat(worker.frames().used()).isZero();
    assertThat(worker.counts().get(WorkerCount.CONNECTIONS_ACTIVE)).isZero();
    assertThat(worker.counts().get(WorkerCount.OUTBOUND_IN)).isZero();
    assertThat(worker.counts().get(WorkerCount.OUTBOUND_OUT)).isZero();
  }

  @ParameterizedTest
  @EnumSource(Site.class)
  void aFaultEndsItsOwnConnectionOnly(Site where) throws Exception {
    HandshakeConfig hasty = new HandshakeConfig(Duration.ofMillis(100), Duration.ofMillis(300));
    InetSocketAddress faulty = open("faulty", FaultyStream.layer(this), hasty);
    Worker worker = group.workers().get(0);
    site = where;
    try (Socket neighbour = connect(healthy)) {
      echo(neighbour);
      long descriptors = descriptors();
      for (Supplier<Throwable> kind : faults) {
        fault = kind;
        armed = true;
        long before = worker.counts().get(WorkerCount.INTERNAL_ERRORS);
        try (Socket victim = connect(faulty)) {
          talk(victim);
          await()
              .atMost(PATIENCE)
              .until(() -> worker.counts().get(WorkerCount.INTERNAL_ERRORS) > before);
          victim.shutdownOutput();
          assertThat(isOver(victim)).isTrue();
        } catch (IOException reset) {
          // The client gets a reset if the close arrives before its next call.
        }
        await()
            .atMost(PATIENCE)
            .until(() -> worker.counts().get(WorkerCount.CONNECTIONS_ACTIVE) == 1);
        armed = false;
        echo(neighbour);
        // The same worker's clock still closes silent clients.
        assertTheClockRuns(faulty, where);
      }
      await().atMost(PATIENCE).until(() -> descriptors() <= descriptors);
      if (where == Site.BEGIN || where == Site.ADVANCE || where == Site.READ) {
        assertThat(worker.closes(CloseReason.INTERNAL)).isEqualTo(faults.size());
      }
    }
  }

  @Test
  void aSiteIsLoggedOnceAMinute() throws Exception {
    InetSocketAddress faulty = open("faulty", FaultyStream.layer(this), HandshakeConfig.DEFAULT);
    site = Site.ADVANCE;
    armed = true;
    Worker worker = group.workers().get(0);
    List<LogRecord> lines = new CopyOnWriteArrayList<>();
    Handler handler =
        new Handler() {
          @Override
          public void publish(LogRecord line) {
            lines.add(line);
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    FAULTS.addHandler(handler);
    try {
      for (int i = 0; i < 50; i++) {
        connect(faulty).close();
      }
      await().atMost(PATIENCE).until(() -> worker.counts().get(WorkerCount.INTERNAL_ERRORS) == 50);
      // Writes the waiting bytes.
      group.diagnostics().close();
    } finally {
      FAULTS.removeHandler(handler);
    }
    assertThat(worker.closes(CloseReason.INTERNAL)).isEqualTo(50);
    assertThat(lines).hasSize(1);
    assertThat(lines.get(0).getMessage()).contains("phase=handshake").contains("reason=internal");
    assertThat(lines.get(0).getThrown()).hasMessage("injected");
  }

  void fail(Site here) {
    if (armed && site == here) {
      IsolationTest.<RuntimeException>sneak(fault.get());
    }
  }

  @SuppressWarnings("unchecked")
  private static <T extends Throwable> void sneak(Throwable fault) throws T {
    throw (T) fault;
  }

  private void assertTheClockRuns(InetSocketAddress faulty, Site where) throws Exception {
    if (where != Site.HELLO_DEADLINE) {
      return;
    }
    long before = group.workers().get(0).closes(CloseReason.CLIENT_HELLO_TIMEOUT);
    try (Socket silent = connect(faulty)) {
      assertThat(isOver(silent)).isTrue();
    }
    await()
        .atMost(PATIENCE)
        .until(() -> group.workers().get(0).closes(CloseReason.CLIENT_HELLO_TIMEOUT) == before + 1);
  }

  private InetSocketAddress open(String name, ProtocolLayer layer, HandshakeConfig handshake)
      throws IOException {
    Server server = new Server(ServerConfig.at(new Endpoint.Unix("app")), backend.address());
    RelayConfig relay =
        new RelayConfig(
            RelayConfig.Watermarks.DEFAULT,
            RelayConfig.Truncation.RESET,
            new RelayConfig.Deadlines(
                Duration.ofMinutes(1), Duration.ofSeconds(2), Duration.ZERO, 0),
            RelayConfig.ByteRates.UNLIMITED);
    return (InetSocketAddress)
        group.open(
            new ListenerConfig(name, new Endpoint.Inet("127.0.0.1", 0), 128, 0),
            new ConnectionFlow.Plan(
                new Handshake(layer, handshake),
                new RouteTable(new BackendPool("app", Balance.ROUND_ROBIN, List.of(server))),
                new Connector(Map.of("app", ConnectConfig.DEFAULT)),
                new Relay(relay)));
  }

  private static Socket connect(InetSocketAddress address) throws IOException {
    Socket socket = new Socket(address.getAddress(), address.getPort());
    socket.setSoTimeout((int) PATIENCE.toMillis());
    return socket;
  }

  private void talk(Socket victim) throws IOException {
    if (site == Site.HELLO_DEADLINE) {
      return;
    }
    victim.getOutputStream().write(new byte[1000]);
    if (site == Site.FINISH || site == Site.RELEASE || site == Site.OBSERVER) {
      victim.shutdownOutput();
    }
  }

  private static boolean isOver(Socket victim) {
    try {
      victim.getInputStream().readAllBytes();
      return true;
    } catch (java.net.SocketTimeoutException hangs) {
      return false;
    } catch (IOException reset) {
      return true;
    }
  }

  private static void echo(Socket socket) throws IOException {
    byte[] word = "still there".getBytes();
    socket.getOutputStream().write(word);
    assertThat(socket.getInputStream().readNBytes(word.length)).isEqualTo(word);
  }

  private static long descriptors() throws IOException {
    try (var all = Files.list(Path.of("/proc/self/fd"))) {
      return all.filter(IsolationTest::isSocket).count();
    }
  }

  private static boolean isSocket(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString().startsWith("socket:");
    } catch (IOException gone) {
      return false;
    }
  }

  /** The client's socket, but every call may fail as the test requires. */
  private static final class FaultyStream extends StreamLayer {
    private final IsolationTest test;

    FaultyStream(ByteStream below, IsolationTest test) {
      super(below);
      this.test = test;
    }

    static ProtocolLayer layer(IsolationTest test) {
      return (client, wake) -> {
        test.fail(Site.BEGIN);
        return new Session(client, test);
      };
    }

    @Override
    public int read(Scratch target, int at, int most) {
      test.fail(Site.READ);
      return below.read(target, at, most);
    }

    @Override
    public boolean hasBufferedInput() {
      test.fail(Site.BUFFERED);
      return false;
    }

    @Override
    public boolean write(Scratch source, int from, int to) {
      test.fail(Site.WRITE);
      return below.write(source, from, to);
    }

    @Override
    public long pendingOutput() {
      test.fail(Site.PENDING);
      return below.pendingOutput();
    }

    @Override
    public void finishOutput(boolean closing) {
      test.fail(Site.FINISH);
      below.finishOutput(closing);
    }

    @Override
    public void release() {
      test.fail(Site.RELEASE);
    }
  }

  private record Session(ByteStream client, IsolationTest test) implements LayerSession {
    @Override
    public Step advance() {
      test.fail(Site.ADVANCE);
      return test.site == Site.HELLO_DEADLINE ? Step.WAIT : Step.SECURED;
    }

    @Override
    public boolean isHelloComplete() {
      test.fail(Site.HELLO_DEADLINE);
      return false;
    }

    @Override
    public ByteStream stream() {
      return new FaultyStream(client, test);
    }

    @Override
    public Protection protection() {
      return Protection.NONE;
    }

    @Override
    public CloseReason reason() {
      return CloseReason.HANDSHAKE_FAILED;
    }

    @Override
    public String failure() {
      return "";
    }

    @Override
    public String failureLabel() {
      return "";
    }

    @Override
    public void release() {
      // Nothing to release.
    }
  }
}
