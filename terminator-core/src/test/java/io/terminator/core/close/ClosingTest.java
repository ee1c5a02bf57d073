package io.terminator.core.close;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.core.chain.InetSocket;
import io.terminator.core.chain.Side;
import io.terminator.core.chain.TcpStream;
import io.terminator.core.frame.Scratch;
import io.terminator.core.observe.Diagnostics;
import io.terminator.core.observe.WorkerCount;
import io.terminator.core.throttle.PauseReason;
import io.terminator.core.worker.Worker;
import io.terminator.testkit.Ending;
import io.terminator.testkit.Received;
import io.terminator.testkit.SocketPair;
import io.terminator.testkit.TcpClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The two kinds of close that take time, each on a socket pair: bytes written before must arrive.
 */
class ClosingTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final String BLOCK = "0123456789abcdef".repeat(4096);

  private final Worker worker = new Worker(0, 0, 64L << 14, new Diagnostics());
  private TcpStream stream;
  private TcpClient peer;

  @BeforeEach
  void connect() throws Exception {
    try (SocketPair pair = SocketPair.open(8 * 1024)) {
      stream =
          onWorker(
              () -> {
                InetSocket socket = InetSocket.forAddress(pair.address().getAddress());
                socket.setSendBufferSize(8 * 1024);
                TcpStream made = new TcpStream(worker, socket, Side.CLIENT, pair.address());
                made.connect(pair.address());
                return made;
              });
      peer = pair.accept();
    }
  }

  @AfterEach
  void nothingIsLeft() throws Exception {
    peer.close();
    await().atMost(PATIENCE).until(() -> onWorker(stream::isClosed));
    assertThat(worker.frames().used()).isZero();
    assertThat(worker.counts().get(WorkerCount.OUTBOUND_IN)).isZero();
    for (PauseReason reason : PauseReason.values()) {
      assertThat(worker.unattributedTraffic().resumes().get(reason))
          .isEqualTo(worker.unattributedTraffic().pauses().get(reason));
    }
    worker.stop().awaitUninterruptibly(PATIENCE.toMillis());
  }

  @Test
  void aLastWordArrivesAlthoughThePeerHasSentMore() throws Exception {
    peer.writeAvailable(BLOCK.getBytes(StandardCharsets.ISO_8859_1));
    onWorker(
        () -> {
          // The memory that a refused handshake may hold.
          stream.gate().hold(PauseReason.HANDSHAKE);
          write("farewell");
          new LingeringClose(stream).begin();
          return true;
        });
    Received last = peer.readToEnd();
    assertThat(last.text()).isEqualTo("farewell");
    assertThat(last.ending()).isEqualTo(Ending.FIN);
    // Unless its one second has already passed.
    peer.finishOutput();
    await().atMost(PATIENCE).until(() -> onWorker(stream::isClosed));
  }

  @Test
  void aPeerThatReadsOnlyAfterItsLastByteGetsAllOfALongAnswer() throws Exception {
    onWorker(
        () -> {
          write(BLOCK);
          new LingeringClose(stream).begin();
          return true;
        });
    for (int i = 0; i < 32; i++) {
      peer.write(BLOCK.getBytes(StandardCharsets.ISO_8859_1));
    }
    Received last = peer.readToEnd();
    assertThat(last.text()).isEqualTo(BLOCK);
    assertThat(last.ending()).isEqualTo(Ending.FIN);
  }

  @Test
  void aPeerThatNeverEndsIsClosedAfterAMoment() throws Exception {
    onWorker(
        () -> {
          new LingeringClose(stream).begin();
          return true;
        });
    await().atMost(PATIENCE).until(() -> onWorker(stream::isClosed));
    assertThat(peer.readToEnd().ending()).isEqualTo(Ending.FIN);
  }

  @Test
  void aResetWaitsForWhatWasWritten() throws Exception {
    onWorker(
        () -> {
          write(BLOCK);
          write(BLOCK);
          assertThat(stream.pendingOutput()).isPositive();
          DelayedReset.abort(stream);
          assertThat(stream.isClosed()).isFalse();
          return true;
        });
    Received all = peer.readToEnd();
    assertThat(all.text()).isEqualTo(BLOCK.repeat(2));
    assertThat(all.ending()).isEqualTo(Ending.RESET);
  }

  @Test
  void whereNothingIsOnItsWayTheResetIsImmediate() throws Exception {
    onWorker(
        () -> {
          DelayedReset.abort(stream);
          assertThat(stream.isClosed()).isTrue();
          return true;
        });
    assertThat(peer.readToEnd().ending()).isEqualTo(Ending.RESET);
  }

  @Test
  void aPeerThatResetsFirstIsNotWaitedFor() throws Exception {
    onWorker(
        () -> {
          write(BLOCK);
          write(BLOCK);
          DelayedReset.abort(stream);
          return true;
        });
    peer.reset();
    await().atMost(PATIENCE).until(() -> onWorker(stream::isClosed));
  }

  private void write(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    try (Scratch plain = worker.plain()) {
      plain.buffer().put(0, bytes);
      assertThat(stream.write(plain, 0, bytes.length)).isTrue();
    }
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
