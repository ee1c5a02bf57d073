package io.terminator.core.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.core.accept.Accepted;
import io.terminator.core.chain.ByteStream;
import io.terminator.core.chain.InetSocket;
import io.terminator.core.chain.Protection;
import io.terminator.core.chain.Side;
import io.terminator.core.chain.TcpStream;
import io.terminator.core.connect.BackendConnection;
import io.terminator.core.connect.Connected;
import io.terminator.core.flow.Connection;
import io.terminator.core.flow.Leg;
import io.terminator.core.flow.Next;
import io.terminator.core.flow.Slot;
import io.terminator.core.handshake.Secured;
import io.terminator.core.observe.Diagnostics;
import io.terminator.core.observe.ListenerCounters;
import io.terminator.core.phase.CloseReason;
import io.terminator.core.phase.Failed;
import io.terminator.core.route.Server;
import io.terminator.core.route.ServerConfig;
import io.terminator.core.setting.Endpoint;
import io.terminator.core.throttle.PauseReason;
import io.terminator.core.worker.Worker;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The relay between two streams without sockets of their own: the table of {@link RelayRun} row by
 * row, and how much a direction reads.
 */
class RelayOverStreamsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final String BLOCK = "0123456789abcdef".repeat(4096);

  private final Worker worker = new Worker(0, 0, 64L << 14, new Diagnostics());
  private final MemoryStream client = new MemoryStream(worker);
  private final MemoryStream backend = new MemoryStream(worker);
  private @Nullable TcpStream socket;
  private @Nullable CloseReason reason;
  private String detail = "";

  @BeforeEach
  void relay() throws Exception {
    onWorker(
        () -> {
          InetSocketAddress nowhere = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
          TcpStream below =
              new TcpStream(
                  worker, InetSocket.forAddress(nowhere.getAddress()), Side.CLIENT, nowhere);
          socket = below;
          Connection connection =
              new Connection(
                  1,
                  new ListenerCounters("web"),
                  below,
                  (ending, why) -> note(why.reason(), "ended"));
          Leg leg = new Leg(connection, "app", (lost, why, words) -> lost.end(false));
          BackendConnection open =
              new BackendConnection(
                  new Server(ServerConfig.at(new Endpoint.Inet("app", 1)), nowhere),
                  Slot.NONE,
                  backend);
          leg.to(open);
          Secured secured = new Secured(new Accepted(connection, null), client, Protection.NONE);
          // The state after the handshake and the connect.
          client.gate().hold(PauseReason.SETUP);
          new Relay(RelayConfig.DEFAULT)
              .run(
                  new Connected(secured, leg, open),
                  new Next<>() {
                    @Override
                    public void onValue(Relayed value) {
                      note(value.reason(), value.detail());
                    }

                    @Override
                    public void onFailed(Connection failed, Failed why) {
                      note(why.reason(), why.detail());
                      // As the flow does.
                      client.abort();
                      backend.abort();
                    }
                  });
          return true;
        });
  }

  private void note(CloseReason why, String words) {
    assertThat(reason).as("it ends once").isNull();
    reason = why;
    detail = words;
  }

  @AfterEach
  void pausesBalance() throws Exception {
    onWorker(
        () -> {
          client.close();
          backend.close();
          java.util.Objects.requireNonNull(socket).close();
          return true;
        });
    for (PauseReason each : PauseReason.values()) {
      assertThat(worker.unattributedTraffic().resumes().get(each))
          .isEqualTo(worker.unattributedTraffic().pauses().get(each));
    }
    worker.stop().awaitUninterruptibly(PATIENCE.toMillis());
  }

  @Test
  void anEndTravelsBehindItsLastByteAndTheOtherDirectionStaysOpen() throws Exception {
    run(() -> client.arrive("request", ByteStream.END));
    run(
        () -> {
          assertThat(backend.taken()).isEqualTo("request");
          assertThat(backend.isFinished()).isTrue();
          assertThat(client.isFinished()).isFalse();
          assertThat(reason).isNull();
          backend.arrive("answer", ByteStream.END);
        });
    awaitReason(CloseReason.CLIENT_CLOSED);
    assertThat(client.taken()).isEqualTo("answer");
    assertThat(client.isFinished()).isTrue();
  }

  @Test
  void whoEndsFirstNamesTheReason() throws Exception {
    run(() -> backend.arrive("greeting", ByteStream.END));
    run(() -> client.arrive("", ByteStream.END));
    awaitReason(CloseReason.BACKEND_CLOSED);
    assertThat(client.taken()).isEqualTo("greeting");
  }

  @Test
  void aResetEndsThePairAtOnce() throws Exception {
    run(() -> backend.arrive("part", ByteStream.RESET));
    awaitReason(CloseReason.BACKEND_RESET);
    assertThat(client.isFinished()).as("nobody may take it for whole").isFalse();
  }

  @Test
  void aTruncationIsNoEnd() throws Exception {
    run(() -> client.arrive("half an upl", ByteStream.TRUNCATED));
    awaitReason(CloseReason.CLIENT_TRUNCATED);
    assertThat(backend.isFinished()).isFalse();
  }

  @Test
  void aProtocolErrorNamesWhatWasWrong() throws Exception {
    run(() -> client.arrive("", ByteStream.PROTOCOL_ERROR));
    awaitReason(CloseReason.CLIENT_PROTOCOL);
    assertThat(detail).isEqualTo("what the peer did wrong");
  }

  @Test
  void aDirectionReadsOnlyWhatTheOtherSideHasRoomFor() throws Exception {
    run(backend::fill);
    int blocks = 0;
    for (int i = 0; i < 8; i++) {
      run(() -> client.arrive(BLOCK, ByteStream.WOULD_BLOCK));
      if (ask(() -> client.gate().isHeld(PauseReason.PEER_FULL))) {
        blocks = i + 1;
        break;
      }
    }
    assertThat(blocks).as("blocks of 64 KiB up to the high-water mark of 256 KiB").isEqualTo(4);
    run(() -> client.arrive("more", ByteStream.WOULD_BLOCK));
    assertThat(ask(() -> backend.taken().length())).isEqualTo(4 * BLOCK.length());
    run(backend::drain);
    await().atMost(PATIENCE).until(() -> ask(() -> backend.taken().endsWith("more")));
    assertThat(worker.unattributedTraffic().pauses().get(PauseReason.PEER_FULL)).isEqualTo(1);
  }

  @Test
  void aBackendThatTakesNoMoreMayStillAnswer() throws Exception {
    run(
        () -> {
          backend.breakOutput();
          client.arrive("dropped", ByteStream.WOULD_BLOCK);
          assertThat(backend.taken()).isEmpty();
          assertThat(reason).isNull();
          backend.arrive("413", ByteStream.END);
          client.arrive("", ByteStream.END);
        });
    awaitReason(CloseReason.BACKEND_CLOSED);
    assertThat(client.taken()).isEqualTo("413");
  }

  @Test
  void aClientThatTakesNoMoreIsGone() throws Exception {
    run(client::breakOutput);
    awaitReason(CloseReason.CLIENT_RESET);
  }

  private void awaitReason(CloseReason expected) throws Exception {
    await().atMost(PATIENCE).until(() -> ask(() -> reason != null));
    assertThat(reason).isEqualTo(expected);
  }

  private void run(Runnable step) throws Exception {
    onWorker(
        () -> {
          step.run();
          return true;
        });
  }

  private <T> T ask(Callable<T> question) throws Exception {
    return onWorker(question);
  }

  private <T> T onWorker(Callable<T> work) throws Exception {
    CompletableFuture<T> result = new CompletableFuture<>();
    worker.execute(
        () -> {
          try {
            result.complete(work.call());
          } catch (Throwable thrown) {
            result.completeExceptionally(thrown);
          }
        });
    return result.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
  }
}
