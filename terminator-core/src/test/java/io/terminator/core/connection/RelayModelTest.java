package io.terminator.core.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.unix.Socket;
import io.terminator.core.accept.ListenerConfig;
import io.terminator.core.chain.ByteStream;
import io.terminator.core.chain.ProxyProtocol;
import io.terminator.core.connect.ConnectConfig;
import io.terminator.core.connect.Connector;
import io.terminator.core.connection.ModelPeer.Ended;
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
import io.terminator.core.setting.DataSize;
import io.terminator.core.setting.Endpoint;
import io.terminator.core.throttle.PauseReason;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * Random peers on both sides of the real relay, over real sockets with small buffers and few
 * frames, compared with a model of a few counters: every byte in order, no false end, a close
 * reason that the history explains, and no leaks. {@code -Dmodel.steps=1000000} runs a million
 * steps, {@code -Dmodel.seed=N} repeats the same choices.
 */
class RelayModelTest {
  private static final long PATIENCE = TimeUnit.SECONDS.toNanos(60);
  private static final int PAIRS = 24;
  private static final Set<CloseReason> ALL =
      EnumSet.of(
          CloseReason.CLIENT_CLOSED,
          CloseReason.BACKEND_CLOSED,
          CloseReason.CLIENT_RESET,
          CloseReason.BACKEND_RESET,
          CloseReason.CLIENT_TRUNCATED,
          CloseReason.BACKEND_TRUNCATED,
          CloseReason.CLIENT_PROTOCOL,
          CloseReason.BACKEND_PROTOCOL,
          CloseReason.IDLE,
          CloseReason.HALF_CLOSE_TIMEOUT,
          CloseReason.LIFETIME,
          CloseReason.ADMIN,
          CloseReason.DRAINED,
          CloseReason.SERVER_DOWN);

  private final Map<Integer, CloseReason> reasons = new ConcurrentHashMap<>();
  private final Map<CloseReason, Integer> reached = new EnumMap<>(CloseReason.class);
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(64 * 1024);
  private final ModelPair[] pairs = new ModelPair[PAIRS];
  private ServerSocketChannel backend;
  private Server server;
  private WorkerGroup group;
  private InetSocketAddress lasting;
  private InetSocketAddress mortal;
  private Random random;
  private int opened;

  @Test
  void everyHistoryEndsAsTheModelSays() throws Exception {
    int steps = Integer.getInteger("model.steps", 30_000);
    long seed = Long.getLong("model.seed", new Random().nextLong());
    System.out.println("RelayModelTest: " + steps + " steps with -Dmodel.seed=" + seed);
    random = new Random(seed);
    start();
    try {
      for (int done = 0; done < steps || !reached.keySet().containsAll(ALL); ) {
        assertThat(done).as("steps without all of %s, but %s", ALL, reached).isLessThan(20_000_000);
        if (step(random.nextInt(PAIRS))) {
          done++;
        }
      }
      endAll();
      System.out.println("RelayModelTest: " + opened + " connections ended as " + reached);
      assertNothingIsLeft();
    } catch (AssertionError | RuntimeException failure) {
      throw new AssertionError("-Dmodel.seed=" + seed, failure);
    } finally {
      group.close();
      backend.close();
    }
  }

  private void start() throws IOException {
    backend = ServerSocketChannel.open();
    backend.setOption(StandardSocketOptions.SO_RCVBUF, 8 * 1024);
    backend.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 256);
    backend.configureBlocking(false);
    server = new Server(ServerConfig.at(new Endpoint.Unix("app")), backend.getLocalAddress());
    group =
        new WorkerGroup(
            new io.terminator.core.worker.WorkerConfig(1, false),
            new FrameConfig(DataSize.ofKiB(512)),
            worker ->
                (connection, closed) ->
                    reasons.put(
                        keyOf(connection.clientAddress(), connection.listener().equals("mortal")),
                        closed.reason()),
            Duration.ZERO);
    lasting = open("lasting", Duration.ZERO);
    mortal = open("mortal", Duration.ofMillis(300));
  }

  private InetSocketAddress open(String name, Duration lifetime) throws IOException {
    RelayConfig relay =
        new RelayConfig(
            new RelayConfig.Watermarks(DataSize.ofKiB(32), DataSize.ofKiB(8)),
            RelayConfig.Truncation.RESET,
            new RelayConfig.Deadlines(Duration.ofMillis(400), Duration.ofMillis(200), lifetime, 0),
            RelayConfig.ByteRates.UNLIMITED);
    return (InetSocketAddress)
        group.open(
            new ListenerConfig(name, new Endpoint.Inet("127.0.0.1", 0), 128, 0),
            new ConnectionFlow.Plan(
                new Handshake(
                    MarkedStream.towardsClients(RelayModelTest::shrink), HandshakeConfig.DEFAULT),
                new RouteTable(new BackendPool("app", Balance.ROUND_ROBIN, List.of(server))),
                new Connector(
                    Map.of("app", new ConnectConfig(Duration.ofSeconds(30), 1, ProxyProtocol.OFF)),
                    Map.of(
                        "app",
                        (socket, name2, client) -> {
                          shrink(socket);
                          return MarkedStream.towardsServers().begin(socket, name2, client);
                        })),
                new Relay(relay)));
  }

  /** The less the kernel buffers, the sooner frames and water marks take effect. */
  private static void shrink(ByteStream stream) {
    try {
      Socket socket = stream.tcp().socket();
      socket.setSendBufferSize(8 * 1024);
      socket.setReceiveBufferSize(8 * 1024);
    } catch (IOException gone) {
      // Then it is about to end.
    }
  }

  /** False if there was nothing to do but wait. */
  private boolean step(int index) throws Exception {
    ModelPair pair = pairs[index];
    if (pair == null) {
      pairs[index] = connect();
      return true;
    }
    if (pair.overBy != 0) {
      return settle(index, pair);
    }
    if (pair.restUntil > System.nanoTime()) {
      return false;
    }
    boolean forClient = random.nextBoolean();
    ModelPeer peer = forClient ? pair.client : pair.backend;
    int choice = random.nextInt(1000);
    if (choice < 480) {
      if (peer.mayTalk()) {
        peer.write(1 + random.nextInt(random.nextInt(4) == 0 ? 60_000 : 600));
      }
    } else if (choice < 960) {
      peer.read(1 + random.nextInt(random.nextInt(3) == 0 ? 60_000 : 2_000));
    } else if (choice < 980) {
      pair.end(peer, Ended.CLEANLY);
    } else if (choice < 983) {
      pair.end(peer, Ended.TRUNCATING);
    } else if (choice < 986) {
      pair.end(peer, Ended.VIOLATING);
    } else if (choice < 990) {
      pair.end(peer, Ended.RESETTING);
    } else if (choice < 993) {
      pair.restUntil = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(random.nextInt(700));
    } else {
      fromOutside(random.nextInt(300), pair);
    }
    if (pair.isEnding()) {
      pair.overBy = System.nanoTime() + PATIENCE;
    }
    return true;
  }

  private void fromOutside(int choice, ModelPair pair) {
    if (choice < 30) {
      pair.mayEndAs(CloseReason.ADMIN);
      List<Long> ids =
          group.read(
              connection ->
                  keyOf(connection.clientAddress(), connection.listener().equals("mortal"))
                          == pair.key
                      ? connection.id()
                      : null);
      ids.forEach(group::closeConnection);
    } else if (choice < 32) {
      allMayEndAs(CloseReason.SERVER_DOWN);
      group.closeConnections(server, "by the test");
      // The call does not wait; clients that connect afterwards are not affected.
      group.read(connection -> null);
    } else if (choice == 32) {
      allMayEndAs(CloseReason.DRAINED);
      group.restart(0, Duration.ofMillis(100));
    }
  }

  private void allMayEndAs(CloseReason reason) {
    for (ModelPair pair : pairs) {
      if (pair != null) {
        pair.mayEndAs(reason);
      }
    }
  }

  /** The kernel may assign a client's port twice, for different listeners. */
  private static int keyOf(java.net.SocketAddress client, boolean mortal) {
    int port = ((InetSocketAddress) client).getPort();
    return mortal ? -port : port;
  }

  private ModelPair connect() throws Exception {
    boolean dies = random.nextInt(6) == 0;
    SocketChannel client = SocketChannel.open();
    client.setOption(StandardSocketOptions.SO_RCVBUF, 8 * 1024);
    client.setOption(StandardSocketOptions.SO_SNDBUF, 8 * 1024);
    client.connect(dies ? mortal : lasting);
    client.configureBlocking(false);
    int key = keyOf(client.getLocalAddress(), dies);
    long deadline = System.nanoTime() + PATIENCE;
    SocketChannel accepted = backend.accept();
    while (accepted == null) {
      assertThat(System.nanoTime()).as("no connection came through").isLessThan(deadline);
      // Without frames for a read it waits until other connections are read, which only this code
      // does.
      for (ModelPair other : pairs) {
        if (other != null) {
          other.client.read(2_000);
          other.backend.read(2_000);
        }
      }
      accepted = backend.accept();
    }
    // The worker has seen it as well: from now on it is a pair.
    group.read(connection -> null);
    accepted.configureBlocking(false);
    accepted.setOption(StandardSocketOptions.SO_SNDBUF, 8 * 1024);
    int salt = opened++ % 200;
    return new ModelPair(
        new ModelPeer(client, salt, salt + 40, buffer),
        new ModelPeer(accepted, salt + 40, salt, buffer),
        key,
        dies);
  }

  private void endAll() {
    for (int i = 0; i < PAIRS; i++) {
      ModelPair pair = pairs[i];
      if (pair != null && pair.overBy == 0) {
        pair.end(pair.client, Ended.RESETTING);
        pair.overBy = System.nanoTime() + PATIENCE;
      }
      while (pair != null && pairs[i] == pair) {
        settle(i, pair);
      }
    }
  }

  /** Reads both ways until both peers have seen the end, then checks the model. */
  private boolean settle(int index, ModelPair pair) {
    boolean moved = pair.client.read(60_000) | pair.backend.read(60_000);
    if (!pair.isOver() || !reasons.containsKey(pair.key)) {
      assertThat(System.nanoTime()).as("not over: %s", pair).isLessThan(pair.overBy);
      return moved;
    }
    CloseReason reason = reasons.remove(pair.key);
    pairs[index] = null;
    pair.client.close();
    pair.backend.close();
    pair.check(reason);
    reached.merge(reason, 1, Integer::sum);
    return true;
  }

  private void assertNothingIsLeft() {
    WorkerTotals totals = group.totals();
    long deadline = System.nanoTime() + PATIENCE;
    while (totals.count(WorkerCount.CONNECTIONS_ACTIVE) > 0
        || totals.count(WorkerCount.OUTBOUND_IN) + totals.count(WorkerCount.OUTBOUND_OUT) > 0
        || group.workers().get(0).frames().used() > 0) {
      assertThat(System.nanoTime()).as("left over").isLessThan(deadline);
      Thread.onSpinWait();
    }
    assertThat(totals.count(WorkerCount.INTERNAL_ERRORS)).isZero();
    for (PauseReason reason : PauseReason.values()) {
      assertThat(totals.resumes(reason)).as("%s", reason).isEqualTo(totals.pauses(reason));
    }
    assertThat(totals.pauses(PauseReason.PEER_FULL)).isPositive();
  }
}
