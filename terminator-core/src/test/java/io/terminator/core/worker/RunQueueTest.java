package io.terminator.core.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.unix.Socket;
import io.terminator.core.chain.Side;
import io.terminator.core.chain.StreamEvents;
import io.terminator.core.chain.TcpStream;
import io.terminator.core.observe.Diagnostics;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RunQueueTest {
  private final Worker worker = new Worker(0, 0, 1 << 20, new Diagnostics());
  private final List<String> happened = new ArrayList<>();

  @AfterEach
  void stop() {
    worker.stop().awaitUninterruptibly();
  }

  @Test
  void aReadySocketIsHeardBetweenEveryTwoSteps() throws Exception {
    CountDownLatch done = new CountDownLatch(5);
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      TcpStream[] readable = new TcpStream[1];
      onWorker(() -> readable[0] = connected(server.getLocalSocketAddress()));
      try (java.net.Socket peer = server.accept()) {
        onWorker(
            () -> {
              assertThat(worker.runQueue().take()).isTrue();
              takeLong();
              for (long i = done.getCount(); i > 0; i--) {
                assertThat(worker.runQueue().take()).isFalse();
                worker
                    .runQueue()
                    .await(
                        () -> {
                          takeLong();
                          happen("step", done);
                        });
              }
              // Never read, so it is ready again in every turn.
              readable[0].gate().start();
              peer.getOutputStream().write('x');
              return null;
            });
        assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
      }
      onWorker(
          () -> {
            readable[0].abort();
            return null;
          });
    }
    assertThat(String.join(" ", happened))
        .startsWith("event event step event step event step event step");
  }

  @Test
  void endingsComeAfterTheTasksOfTheirTurnAndAFewAtATime() throws Exception {
    CountDownLatch done = new CountDownLatch(10);
    onWorker(
        () -> {
          assertThat(worker.runQueue().take()).isTrue();
          takeLong();
          assertThat(worker.runQueue().take()).isFalse();
          worker.runQueue().await(() -> happen("step", done));
          for (int i = 0; i < 8; i++) {
            worker.runQueue().afterwards(() -> happen("ending", done));
          }
          worker.execute(() -> happen("task", done));
          return null;
        });
    assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
    assertThat(happened)
        .containsExactly(
            "task", "ending", "ending", "ending", "step", "ending", "ending", "ending", "ending",
            "ending");
  }

  /** As long as a signature; a sleep would give the time to other threads. */
  private static void takeLong() {
    long start = System.nanoTime();
    while (System.nanoTime() - start < 200_000) {
      Thread.onSpinWait();
    }
  }

  private void happen(String what, CountDownLatch done) {
    happened.add(what);
    done.countDown();
  }

  private TcpStream connected(SocketAddress address) throws IOException {
    TcpStream stream = new TcpStream(worker, Socket.newSocketStream(), Side.BACKEND, address);
    stream.attach(
        new StreamEvents() {
          @Override
          public void onReadable() {
            happened.add("event");
          }

          @Override
          public void onWritable() {
            // Connected: nothing was requested yet.
          }

          @Override
          public void onHangUp() {
            happened.add("hang-up");
          }

          @Override
          public void onFault(Throwable fault) {
            happened.add(fault.toString());
          }
        });
    stream.connect(address);
    return stream;
  }

  private <T> T onWorker(Callable<T> task) throws Exception {
    CompletableFuture<T> result = new CompletableFuture<>();
    worker.execute(
        () -> {
          try {
            result.complete(task.call());
          } catch (Throwable failure) {
            result.completeExceptionally(failure);
          }
        });
    return result.get(60, TimeUnit.SECONDS);
  }
}
