package io.terminator.core.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.unix.Socket;
import io.netty.util.concurrent.Future;
import io.terminator.core.frame.Scratch;
import io.terminator.core.observe.Diagnostics;
import io.terminator.core.throttle.PauseReason;
import io.terminator.core.worker.Worker;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * What an edge-triggered socket must not lose. Each test leaves the peer silent at the end, so that
 * no later event makes up for a lost one.
 */
class TcpStreamTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Worker worker = new Worker(0, 0, 64L << 14, new Diagnostics());
  private final List<String> heard = new ArrayList<>();
  private final ServerSocket server;

  TcpStreamTest() throws IOException {
    server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
    worker.stop().awaitUninterruptibly();
  }

  @Test
  void inputBeyondOneReceiveIsReadInLaterTurns() throws Exception {
    Reader reader = open("a", each -> {});
    try (java.net.Socket peer = server.accept()) {
      peer.getOutputStream().write(new byte[1_000_000]);
      await().atMost(PATIENCE).until(() -> onWorker(() -> reader.bytes == 1_000_000));
    }
    await().atMost(PATIENCE).until(() -> onWorker(() -> heard.contains("a END")));
  }

  @Test
  void aSocketWithMuchInputLetsOthersReadInBetween() throws Exception {
    try (java.net.Socket small = connectedTo("small", each -> {})) {
      OutputStream toSmall = small.getOutputStream();
      boolean[] sent = {false};
      Reader large =
          open(
              "large",
              each -> {
                heard.add("large");
                if (!sent[0] && each.bytes > 100_000) {
                  sent[0] = true;
                  write(toSmall);
                }
              });
      try (java.net.Socket peer = server.accept()) {
        onWorker(() -> hold(large));
        peer.getOutputStream().write(new byte[2_000_000]);
        onWorker(() -> release(large));
        await().atMost(PATIENCE).until(() -> onWorker(() -> large.bytes == 2_000_000));
        List<String> order = onWorker(() -> List.copyOf(heard));
        int reads = order.lastIndexOf("large") - order.indexOf("small x");
        assertThat(order).contains("small x");
        assertThat(reads).as("reads after the small one in %s", order).isGreaterThan(5);
      }
    }
  }

  @Test
  void inputThatArrivesWhileReadingIsPausedIsReadOnResume() throws Exception {
    Reader reader = open("a", each -> {});
    try (java.net.Socket peer = server.accept()) {
      onWorker(() -> hold(reader));
      peer.getOutputStream().write('x');
      peer.shutdownOutput();
      awaitTurns();
      assertThat(onWorker(() -> List.copyOf(heard))).isEmpty();
      onWorker(() -> release(reader));
      await().atMost(PATIENCE).until(() -> onWorker(() -> heard.contains("a END")));
      assertThat(heard).containsExactly("a x", "a END");
    }
  }

  @Test
  void aResetIsHeardWhileReadingIsPausedAndInputIsReadAfterwards() throws Exception {
    Reader reader = open("a", each -> {});
    try (java.net.Socket peer = server.accept()) {
      onWorker(() -> hold(reader));
      peer.getOutputStream().write('x');
      peer.setSoLinger(true, 0);
    }
    await().atMost(PATIENCE).until(() -> onWorker(() -> heard.contains("a hang-up")));
    onWorker(() -> release(reader));
    await().atMost(PATIENCE).until(() -> onWorker(() -> heard.contains("a RESET")));
    assertThat(heard).containsExactly("a hang-up", "a x", "a RESET");
  }

  @Test
  void aResetIsHeardByAReaderThatPausesInTheSameEvent() throws Exception {
    Reader reader =
        open(
            "a",
            each -> {
              if (each.bytes > 0) {
                hold(each);
              }
            });
    try (java.net.Socket peer = server.accept()) {
      // Both arrive while the worker is busy, so one event reports both.
      onWorker(
          () -> {
            peer.getOutputStream().write(new byte[200_000]);
            peer.setSoLinger(true, 0);
            peer.close();
            return null;
          });
      await().atMost(PATIENCE).until(() -> onWorker(() -> heard.contains("a hang-up")));
      assertThat(onWorker(() -> reader.bytes)).isLessThan(200_000);
    }
  }

  @Test
  void inputBehindUrgentDataIsRead() throws Exception {
    open("a", each -> {});
    try (java.net.Socket peer = server.accept()) {
      // One event reports all of it, and a receive ends at the urgent byte.
      onWorker(
          () -> {
            peer.getOutputStream().write('x');
            peer.sendUrgentData('!');
            peer.getOutputStream().write('y');
            return null;
          });
      await().atMost(PATIENCE).until(() -> onWorker(() -> heard.contains("a y")));
      assertThat(onWorker(() -> List.copyOf(heard))).containsExactly("a x", "a y");
    }
  }

  @Test
  void everyByteOfABlockedWriteLeavesAsThePeerReads() throws Exception {
    Reader reader = open("a", each -> {});
    byte[] block = new byte[60_000];
    try (java.net.Socket peer = server.accept()) {
      long written = 0;
      for (int round = 0; round < 3; round++) {
        written += onWorker(() -> writeUntilBlocked(reader.stream, block));
        assertThat(peer.getInputStream().readNBytes((int) written)).hasSize((int) written);
        written = 0;
        await().atMost(PATIENCE).until(() -> onWorker(() -> reader.stream.pendingOutput() == 0));
      }
    }
  }

  /** The system gives the number of a closed descriptor to the next one that is opened. */
  @Test
  void noCallAfterTheCloseReachesTheNextOwnerOfTheDescriptor() throws Exception {
    Reader closed = open("closed", each -> {});
    try (java.net.Socket first = server.accept()) {
      Reader next = onWorker(() -> reopened(closed.stream));
      try (java.net.Socket peer = server.accept()) {
        onWorker(
            () -> {
              closed.stream.resetOnClose();
              try (Scratch scratch = worker.plain()) {
                assertThat(closed.stream.write(scratch, 0, 100)).isFalse();
              }
              closed.stream.finishOrAbort();
              return null;
            });
        peer.getOutputStream().write('x');
        awaitTurns();
        onWorker(
            () -> {
              try (Scratch scratch = worker.plain()) {
                assertThat(closed.stream.read(scratch)).isEqualTo(ByteStream.RESET);
              }
              next.stream.gate().start();
              return null;
            });
        await().atMost(PATIENCE).until(() -> onWorker(() -> heard.contains("next x")));
        onWorker(
            () -> {
              next.stream.finishOrAbort();
              return null;
            });
        assertThat(peer.getInputStream().read()).as("the first byte, or the end").isEqualTo(-1);
      }
    }
  }

  /** Closes {@code stream}; returns one with the same descriptor, which is not read yet. */
  private Reader reopened(TcpStream stream) throws IOException {
    int descriptor = stream.socket().intValue();
    List<Socket> others = new ArrayList<>();
    stream.close();
    Socket same = Socket.newSocketStream();
    while (same.intValue() != descriptor) {
      // Another thread was faster, and will close it.
      others.add(same);
      assertThat(others).as("descriptors other than %d", descriptor).hasSizeLessThan(1000);
      same = Socket.newSocketStream();
    }
    for (Socket other : others) {
      other.close();
    }
    Reader reader = reader("next", same, each -> {});
    reader.stream.connect(server.getLocalSocketAddress());
    return reader;
  }

  /** A kept connection, for example, is ended in order by its keeper. */
  @Test
  void aWorkerThatEndsLetsItsPartsEndTheirStreamsFirst() throws Exception {
    Reader reader = open("a", each -> {});
    try (java.net.Socket peer = server.accept()) {
      CountDownLatch stopped = new CountDownLatch(1);
      onWorker(
          () -> {
            worker.part(Farewell.class, shared -> new Farewell(reader.stream));
            // The loop is not between two tasks when it is told to end.
            worker.turns().next(() -> awaitUninterruptibly(stopped));
            return null;
          });
      Future<?> end = worker.stop();
      stopped.countDown();
      assertThat(end.awaitUninterruptibly(PATIENCE.toMillis())).isTrue();
      assertThat(peer.getInputStream().readAllBytes()).asString().isEqualTo("bye");
    }
  }

  private record Farewell(TcpStream stream) implements AutoCloseable {
    @Override
    public void close() {
      try (Scratch scratch = stream.worker().plain()) {
        scratch.buffer().put(0, "bye".getBytes(StandardCharsets.US_ASCII));
        assertThat(stream.write(scratch, 0, 3)).isTrue();
      }
      stream.finishOrAbort();
    }
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException interrupted) {
      throw new IllegalStateException(interrupted);
    }
  }

  private long writeUntilBlocked(TcpStream stream, byte[] block) {
    long written = 0;
    while (stream.pendingOutput() == 0) {
      try (Scratch scratch = worker.plain()) {
        scratch.buffer().put(0, block);
        assertThat(stream.write(scratch, 0, block.length)).isTrue();
      }
      written += block.length;
    }
    return written;
  }

  private static void write(OutputStream to) {
    try {
      to.write('x');
    } catch (IOException failure) {
      throw new IllegalStateException(failure);
    }
  }

  private static Reader hold(Reader reader) {
    reader.stream.gate().hold(PauseReason.PEER_FULL);
    return reader;
  }

  private static Reader release(Reader reader) {
    reader.stream.gate().release(PauseReason.PEER_FULL);
    return reader;
  }

  /** Until events that had arrived before were handled. */
  private void awaitTurns() throws Exception {
    long from = onWorker(() -> worker.turns().number());
    await().atMost(PATIENCE).until(() -> onWorker(() -> worker.turns().number() > from + 5));
  }

  private java.net.Socket connectedTo(String name, Consumer<Reader> afterRead) throws Exception {
    open(name, afterRead);
    return server.accept();
  }

  private Reader open(String name, Consumer<Reader> afterRead) throws Exception {
    return onWorker(
        () -> {
          Reader reader = reader(name, Socket.newSocketStream(), afterRead);
          reader.stream.connect(server.getLocalSocketAddress());
          reader.stream.gate().start();
          return reader;
        });
  }

  private Reader reader(String name, Socket socket, Consumer<Reader> afterRead) {
    TcpStream stream = new TcpStream(worker, socket, Side.BACKEND, server.getLocalSocketAddress());
    Reader reader = new Reader(name, stream, afterRead);
    stream.attach(reader);
    return reader;
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

  /** Reads once per event and notes what it was; only small input by its text. */
  private final class Reader implements StreamEvents {
    private final String name;
    private final TcpStream stream;
    private final Consumer<Reader> afterRead;
    private long bytes;

    Reader(String name, TcpStream stream, Consumer<Reader> afterRead) {
      this.name = name;
      this.stream = stream;
      this.afterRead = afterRead;
    }

    @Override
    public void onReadable() {
      try (Scratch scratch = worker.plain()) {
        int read = stream.read(scratch);
        if (read > 0) {
          bytes += read;
          if (read < 10) {
            byte[] text = new byte[read];
            scratch.buffer().get(0, text);
            heard.add(name + " " + new String(text, StandardCharsets.US_ASCII));
          }
        } else if (read != ByteStream.WOULD_BLOCK) {
          heard.add(name + (read == ByteStream.END ? " END" : " RESET"));
          stream.gate().end();
        }
      }
      afterRead.accept(this);
    }

    @Override
    public void onWritable() {
      // Connected, or waiting bytes were sent.
    }

    @Override
    public void onHangUp() {
      heard.add(name + " hang-up");
    }

    @Override
    public void onFault(Throwable fault) {
      heard.add(name + " " + fault);
    }
  }
}
