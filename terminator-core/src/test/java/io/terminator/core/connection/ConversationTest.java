package io.terminator.core.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.core.accept.ListenerConfig;
import io.terminator.core.chain.ProtocolLayer;
import io.terminator.core.connect.ConnectConfig;
import io.terminator.core.connect.Connected;
import io.terminator.core.connect.Connector;
import io.terminator.core.conversation.Conversation;
import io.terminator.core.conversation.Finished;
import io.terminator.core.flow.Closed;
import io.terminator.core.flow.Connection;
import io.terminator.core.flow.Leg;
import io.terminator.core.flow.Next;
import io.terminator.core.frame.FrameConfig;
import io.terminator.core.handshake.Handshake;
import io.terminator.core.handshake.HandshakeConfig;
import io.terminator.core.handshake.Secured;
import io.terminator.core.phase.Blame;
import io.terminator.core.phase.CloseReason;
import io.terminator.core.phase.Failed;
import io.terminator.core.phase.Phase;
import io.terminator.core.route.BackendPool;
import io.terminator.core.route.Balance;
import io.terminator.core.route.Routed;
import io.terminator.core.route.Server;
import io.terminator.core.route.ServerConfig;
import io.terminator.core.route.ServerCount;
import io.terminator.core.setting.Endpoint;
import io.terminator.core.worker.WorkerConfig;
import io.terminator.testkit.EchoBackend;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A conversation other than TCP's: several legs at once, each of which ends separately, and
 * failures that the flow ends.
 */
class ConversationTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final List<Closed> closed = new CopyOnWriteArrayList<>();
  private final AtomicInteger connected = new AtomicInteger();
  private EchoBackend one;
  private EchoBackend other;
  private Server first;
  private Server second;
  private WorkerGroup group;

  @BeforeEach
  void start() throws IOException {
    one = EchoBackend.start();
    other = EchoBackend.start();
    first = new Server(ServerConfig.at(new Endpoint.Unix("one")), one.address());
    second = new Server(ServerConfig.at(new Endpoint.Unix("other")), other.address());
    group =
        new WorkerGroup(
            new WorkerConfig(1, false),
            FrameConfig.DEFAULT,
            worker -> (connection, end) -> closed.add(end),
            Duration.ZERO);
  }

  @AfterEach
  void stop() throws IOException {
    group.close();
    one.close();
    other.close();
    assertThat(first.count(ServerCount.ACTIVE)).isZero();
    assertThat(second.count(ServerCount.ACTIVE)).isZero();
  }

  @Test
  void aSeveredLegLeavesTheConnectionAndItsOtherLegs() throws Exception {
    InetSocketAddress address = open(secured -> new TwoLegs());
    try (Socket client = new Socket(address.getAddress(), address.getPort())) {
      await().atMost(PATIENCE).until(() -> connected.get() == 2);
      assertThat(backends()).containsExactlyInAnyOrder("one", "other");

      group.closeConnections(first, "by the test");

      await().atMost(PATIENCE).until(() -> first.count(ServerCount.ACTIVE) == 0);
      assertThat(backends()).containsExactly("other");
      assertThat(second.count(ServerCount.ACTIVE)).isEqualTo(1);
      assertThat(client.isConnected()).isTrue();
      assertThat(closed).isEmpty();
    }
  }

  @Test
  void theFlowEndsWhatAConversationReportsAsFailed() throws Exception {
    Failed failed = new Failed(CloseReason.NO_ROUTE, "by the test", Blame.OPERATOR, "a-label");
    InetSocketAddress address =
        open(secured -> (client, next) -> next.onFailed(client.connection(), failed));
    try (Socket client = new Socket(address.getAddress(), address.getPort())) {
      assertThat(client.getInputStream().read()).isEqualTo(-1);
    }
    await().atMost(PATIENCE).until(() -> closed.size() == 1);
    assertThat(closed.get(0))
        .isEqualTo(
            new Closed(
                Phase.HANDSHAKE, CloseReason.NO_ROUTE, "by the test", Blame.OPERATOR, "a-label"));
  }

  @Test
  void theConversationIsChosenForEachConnection() throws Exception {
    AtomicInteger chosen = new AtomicInteger();
    InetSocketAddress address =
        open(
            secured -> {
              chosen.incrementAndGet();
              return (client, next) ->
                  next.onValue(
                      new Finished(
                          client.connection(),
                          CloseReason.BACKEND_CLOSED,
                          "",
                          CloseReason.BACKEND_CLOSED));
            });
    for (int i = 1; i <= 3; i++) {
      try (Socket client = new Socket(address.getAddress(), address.getPort())) {
        assertThat(client.getInputStream().read()).isEqualTo(-1);
      }
      assertThat(chosen.get()).isEqualTo(i);
    }
  }

  /** As an idle backend connection is used for the next request, of this client or another one. */
  @Test
  void aBackendConnectionOutlivesItsLegAndCarriesTheNext() throws Exception {
    InetSocketAddress address =
        open(
            secured ->
                (client, next) ->
                    connect(
                        client,
                        first,
                        "one",
                        new Next<>() {
                          @Override
                          public void onValue(Connected open) {
                            Leg before = open.leg();
                            before.moved(7, true);
                            assertThat(before.leave()).isTrue();
                            before.end(false);
                            Leg after =
                                new Leg(client.connection(), "again", ConversationTest::end);
                            after.to(open.server());
                            after.moved(5, true);
                            connected.incrementAndGet();
                          }

                          @Override
                          public void onFailed(Connection connection, Failed why) {
                            next.onFailed(connection, why);
                          }
                        }));
    try (Socket client = new Socket(address.getAddress(), address.getPort())) {
      await().atMost(PATIENCE).until(() -> connected.get() == 1);
      assertThat(backends()).containsExactly("again");
      assertThat(group.read(connection -> connection.servedBy().server()))
          .containsExactly("unix:one");
      assertThat(group.read(Connection::bytesIn)).containsExactly(12L);
      assertThat(first.count(ServerCount.ACTIVE)).isEqualTo(1);
      assertThat(first.count(ServerCount.CONNECTIONS)).isEqualTo(1);
      assertThat(client.isConnected()).isTrue();

      group.closeConnections(first, "by the test");

      await().atMost(PATIENCE).until(() -> first.count(ServerCount.ACTIVE) == 0);
      assertThat(backends()).isEmpty();
    }
    assertThat(closed).as("its end is the leg's alone").isEmpty();
  }

  private List<String> backends() {
    List<String> all = new ArrayList<>();
    for (List<String> each : group.read(ConversationTest::backendsOf)) {
      all.addAll(each);
    }
    return all;
  }

  private static List<String> backendsOf(Connection connection) {
    List<String> backends = new ArrayList<>();
    connection.forEachLeg(leg -> backends.add(leg.backend()));
    return backends;
  }

  private InetSocketAddress open(Conversation.Chooser chooser) throws IOException {
    return (InetSocketAddress)
        group.open(
            new ListenerConfig("web", new Endpoint.Inet("127.0.0.1", 0), 128, 0),
            new ConnectionFlow.Plan(
                new Handshake(ProtocolLayer.PLAIN, HandshakeConfig.DEFAULT),
                chooser,
                Set.of("one", "other")));
  }

  private static void end(Leg lost, CloseReason reason, String detail) {
    lost.end(false);
  }

  private static void connect(Secured secured, Server server, String name, Next<Connected> next) {
    BackendPool pool = new BackendPool(name, Balance.ROUND_ROBIN, List.of(server));
    Connection connection = secured.connection();
    Leg leg = new Leg(connection, name, ConversationTest::end);
    new Connector(Map.of(name, ConnectConfig.DEFAULT))
        .open(
            new Routed(
                secured, pool, pool.choose(connection.worker(), connection.clientAddress()), leg),
            next);
  }

  /** Connects to both backends at the same time. */
  private final class TwoLegs implements Conversation, Next<Connected> {
    @Override
    public void begin(Secured secured, Next<Finished> next) {
      connect(secured, first, "one", this);
      connect(secured, second, "other", this);
    }

    @Override
    public void onValue(Connected value) {
      connected.incrementAndGet();
    }

    @Override
    public void onFailed(Connection connection, Failed why) {
      throw new AssertionError(why.toString());
    }
  }
}
