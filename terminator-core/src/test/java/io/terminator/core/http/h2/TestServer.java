package io.terminator.core.http.h2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.core.accept.ListenerConfig;
import io.terminator.core.chain.ProtocolLayer;
import io.terminator.core.connection.ConnectionFlow;
import io.terminator.core.connection.WorkerGroup;
import io.terminator.core.flow.Connection;
import io.terminator.core.frame.FrameConfig;
import io.terminator.core.handshake.Handshake;
import io.terminator.core.handshake.HandshakeConfig;
import io.terminator.core.http.exchange.ExchangeConfig;
import io.terminator.core.http.message.Heads;
import io.terminator.core.observe.WorkerCount;
import io.terminator.core.phase.CloseReason;
import io.terminator.core.relay.RelayConfig;
import io.terminator.core.setting.Endpoint;
import io.terminator.core.worker.Worker;
import io.terminator.core.worker.WorkerConfig;
import io.terminator.testkit.H2Client;
import io.terminator.testkit.SocketPeer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** HTTP/2 on a worker without TLS, answered by {@link TestExchanges}. */
final class TestServer implements AutoCloseable {
  private final BlockingQueue<CloseReason> reasons = new LinkedBlockingQueue<>();
  private final WorkerGroup group;
  private final InetSocketAddress address;
  private volatile @Nullable H2Shared shared;
  private volatile @Nullable TestExchanges exchanges;
  private volatile @Nullable H2ClientSession session;
  private volatile @Nullable Connection connection;
  private final AtomicInteger accepted = new AtomicInteger();

  TestServer(ExchangeConfig config) throws IOException {
    group =
        new WorkerGroup(
            new WorkerConfig(1, false),
            FrameConfig.DEFAULT,
            worker -> (connection, closed) -> reasons.add(closed.reason()),
            Duration.ZERO);
    address =
        (InetSocketAddress)
            group.open(
                new ListenerConfig("web", new Endpoint.Inet("127.0.0.1", 0), 128, 0),
                new ConnectionFlow.Plan(
                    new Handshake(ProtocolLayer.PLAIN, HandshakeConfig.DEFAULT),
                    secured ->
                        (client, next) -> {
                          H2ClientSession begun =
                              new H2ClientSession(
                                  client,
                                  shared(),
                                  exchanges(),
                                  config,
                                  RelayConfig.DEFAULT.watermarks(),
                                  next);
                          session = begun;
                          accepted.incrementAndGet();
                          connection = client.connection();
                          begun.begin();
                        },
                    Set.of()));
  }

  private H2Shared shared() {
    H2Shared made = shared;
    if (made == null) {
      Heads heads = new Heads();
      made = new H2Shared(worker(), heads);
      exchanges = new TestExchanges(worker(), heads);
      shared = made;
    }
    return made;
  }

  TestExchanges exchanges() {
    TestExchanges made = exchanges;
    if (made == null) {
      throw new IllegalStateException("no client was accepted");
    }
    return made;
  }

  Worker worker() {
    return group.workers().get(0);
  }

  InetSocketAddress address() {
    return address;
  }

  /** A new connection that has sent nothing. */
  H2Client connect() throws IOException {
    return H2Client.over(SocketPeer.connect(address));
  }

  /** Drains the connection that was accepted last. */
  void drain() {
    worker()
        .execute(
            () -> {
              H2ClientSession latest = session;
              if (latest != null) {
                exchanges().toLast();
                latest.onTick();
              }
            });
  }

  /** Connections accepted later do not drain. */
  void resume() {
    exchanges().toFirst();
  }

  int accepted() {
    return accepted.get();
  }

  /** Whether the connection that was accepted last has ended. */
  boolean isLastEnded() {
    Connection last = connection;
    return last != null && last.isClosed();
  }

  long count(Violation violation) {
    return worker().counters().of(Violation.class).get(violation);
  }

  /** How the next connection ended. */
  @Nullable CloseReason reason() throws InterruptedException {
    return reasons.poll(30, TimeUnit.SECONDS);
  }

  /** Nothing may be left over when all clients are gone. */
  @Override
  public void close() {
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () -> {
              assertThat(worker().counts().get(WorkerCount.CONNECTIONS_ACTIVE)).isZero();
              assertThat(worker().frames().used()).as("frames left over").isZero();
            });
    assertThat(worker().counts().get(WorkerCount.INTERNAL_ERRORS)).isZero();
    group.close();
  }
}
