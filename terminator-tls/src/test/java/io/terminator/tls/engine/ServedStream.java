package io.terminator.tls.engine;

import static org.awaitility.Awaitility.await;

import io.terminator.core.chain.ByteStream;
import io.terminator.core.chain.InetSocket;
import io.terminator.core.chain.Side;
import io.terminator.core.chain.StreamEvents;
import io.terminator.core.chain.TcpStream;
import io.terminator.core.frame.Scratch;
import io.terminator.core.observe.Diagnostics;
import io.terminator.core.worker.Worker;
import io.terminator.testkit.RawTlsClient;
import io.terminator.testkit.SocketPair;
import io.terminator.testkit.TcpClient;
import io.terminator.testkit.TlsClient;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The server side of a socket pair: a {@link TlsStream} on a worker that completes the handshake
 * and then reads all input, as the relay does. The test drives a client on the other side.
 */
final class ServedStream implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Worker worker = new Worker(0, 0, 64L << 14, new Diagnostics());
  private final RawTlsClient client;
  private final ByteArrayOutputStream received = new ByteArrayOutputStream();
  private final TlsStream stream;
  private TlsStream.Handshaking handshake = TlsStream.Handshaking.WAIT;
  private int end = ByteStream.WOULD_BLOCK;
  private @Nullable Throwable fault;
  private boolean hungUp;

  /**
   * {@code receiveBuffer} limits the data that the client's kernel accepts before the client reads;
   * 0 means the system's default.
   */
  ServedStream(TlsContext context, TlsClient peer, int receiveBuffer) throws Exception {
    try (SocketPair pair = SocketPair.open(receiveBuffer)) {
      stream =
          onWorker(
              () -> {
                InetSocket socket = InetSocket.forAddress(pair.address().getAddress());
                if (receiveBuffer > 0) {
                  socket.setSendBufferSize(receiveBuffer);
                }
                TcpStream tcp = new TcpStream(worker, socket, Side.CLIENT, pair.address());
                tcp.connect(pair.address());
                TlsStream made = context.newStream(tcp);
                made.attach(new Events());
                made.gate().start();
                return made;
              });
      TcpClient tcp = pair.accept();
      client = peer.raw(tcp);
    }
  }

  RawTlsClient client() {
    return client;
  }

  Worker worker() {
    return worker;
  }

  /** Reads all input that the socket has, like a phase. */
  private final class Events implements StreamEvents {
    @Override
    public void onReadable() {
      if (handshake == TlsStream.Handshaking.WAIT) {
        try (Scratch source = worker.received()) {
          int length = stream.tcp().read(source);
          if (length > 0) {
            handshake = stream.handshake(source, length);
          } else if (length < 0) {
            handshake = TlsStream.Handshaking.FAILED;
          }
        }
        if (handshake == TlsStream.Handshaking.DONE && stream.hasBufferedInput()) {
          pull();
        }
      } else if (handshake == TlsStream.Handshaking.DONE) {
        pull();
      }
    }

    private void pull() {
      do {
        try (Scratch plain = worker.plain()) {
          int read = stream.read(plain);
          for (int i = 0; i < read; i++) {
            received.write(plain.buffer().get(i));
          }
          if (read < 0) {
            end = read;
            stream.gate().end();
          }
        }
      } while (end == ByteStream.WOULD_BLOCK && stream.hasBufferedInput());
    }

    @Override
    public void onWritable() {
      // Pending output has been sent; the test queries the stream.
    }

    @Override
    public void onHangUp() {
      hungUp = true;
    }

    @Override
    public void onFault(Throwable thrown) {
      fault = thrown;
    }
  }

  /** Waits until the server's side of the handshake is complete. */
  ServedStream awaitHandshake() throws Exception {
    await()
        .atMost(PATIENCE)
        .until(() -> onWorker(() -> handshake != TlsStream.Handshaking.WAIT || fault != null));
    return this;
  }

  TlsStream.Handshaking handshake() throws Exception {
    return onWorker(() -> handshake);
  }

  /** Returns the received data once it is at least {@code length} bytes long. */
  String awaitReceived(int length) throws Exception {
    await().atMost(PATIENCE).until(() -> onWorker(() -> received.size() >= length));
    return onWorker(() -> received.toString(StandardCharsets.ISO_8859_1));
  }

  /** Returns how the client's direction ended. */
  int awaitEnd() throws Exception {
    await().atMost(PATIENCE).until(() -> onWorker(() -> end != ByteStream.WOULD_BLOCK || hungUp));
    return onWorker(() -> end);
  }

  String received() throws Exception {
    return onWorker(() -> received.toString(StandardCharsets.ISO_8859_1));
  }

  /**
   * Writes {@code text} {@code times} times, as much as fits the scratch at once; returns false if
   * the stream accepts no more.
   */
  boolean write(String text, int times) throws Exception {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    return onWorker(
        () -> {
          boolean taken = true;
          for (int i = 0; i < times && taken; i++) {
            try (Scratch plain = worker.plain()) {
              plain.buffer().put(0, bytes);
              taken = stream.write(plain, 0, bytes.length);
            }
          }
          return taken;
        });
  }

  /** A query about the stream, run on its worker. */
  interface Question<T extends @Nullable Object> {
    T ask(TlsStream stream);
  }

  <T extends @Nullable Object> T ask(Question<T> question) throws Exception {
    return onWorker(() -> question.ask(stream));
  }

  void run(Runnable step) throws Exception {
    onWorker(
        () -> {
          step.run();
          return true;
        });
  }

  TlsStream stream() {
    return stream;
  }

  private <T extends @Nullable Object> T onWorker(Callable<T> work) throws Exception {
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

  /**
   * Closes both sides; fails if a phase threw an exception, or if frames or pauses were not
   * released.
   */
  @Override
  public void close() throws Exception {
    client.close();
    run(
        () -> {
          stream.close();
          stream.release();
        });
    worker.stop().awaitUninterruptibly(PATIENCE.toMillis());
    if (fault != null) {
      throw new AssertionError("a phase threw", fault);
    }
    if (worker.frames().used() != 0) {
      throw new AssertionError(worker.frames().used() + " frames were not given back");
    }
  }
}
