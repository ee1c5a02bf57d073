package io.terminator.load.backend;

import io.netty.channel.IoEvent;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.Errors;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.Socket;
import io.terminator.load.loop.Memory;
import io.terminator.load.loop.RawSocket;
import io.terminator.load.loop.Reactor;
import io.terminator.load.wire.Pattern;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * The backend of every target: one thread, no allocation per request, all bytes checked. A damaged
 * request is answered with a reset, which voids the client's result.
 */
public final class LoadBackend implements EpollIoHandle, AutoCloseable {
  private static final int BATCH = 64;
  private static final int BACKLOG = 4096;

  private final Reactor reactor = new Reactor("load-backend");
  private final Socket socket;
  private final Pattern pattern = new Pattern();
  private final Memory received = new Memory(256 * 1024);
  private final byte[] peer = new byte[26];
  private @Nullable IoRegistration registration;

  private LoadBackend(Socket socket) {
    this.socket = socket;
  }

  /** Listens on a free port of 127.0.0.1. */
  public static LoadBackend start() throws IOException {
    Epoll.ensureAvailability();
    Socket socket = Socket.newSocketStream();
    socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    socket.listen(BACKLOG);
    LoadBackend backend = new LoadBackend(socket);
    CompletableFuture<Void> listening = new CompletableFuture<>();
    backend.reactor.execute(
        () -> {
          backend.registration = backend.reactor.register(backend);
          backend.registration.submit(EpollIoOps.EPOLLIN);
          listening.complete(null);
        });
    listening.join();
    return backend;
  }

  public int port() {
    return socket.localAddress().getPort();
  }

  Pattern pattern() {
    return pattern;
  }

  Memory received() {
    return received;
  }

  void onBroken(IOException failure) {
    if (!(failure instanceof Errors.NativeIoException)) {
      System.err.println("backend: " + failure.getMessage());
    }
  }

  @Override
  public void handle(IoRegistration from, IoEvent event) {
    try {
      for (int i = 0; i < BATCH; i++) {
        int descriptor = socket.accept(peer);
        if (descriptor < 0) {
          return;
        }
        Socket accepted = new Socket(descriptor);
        accepted.setTcpNoDelay(true);
        RawSocket raw = new RawSocket(reactor, accepted);
        raw.open(new BackendConnection(this, raw), false);
      }
    } catch (IOException failure) {
      System.err.println("backend: accept: " + failure.getMessage());
    }
  }

  @Override
  public FileDescriptor fd() {
    return socket;
  }

  @Override
  public void close() {
    reactor.execute(
        () -> {
          if (registration != null) {
            registration.cancel();
          }
          try {
            socket.close();
          } catch (IOException alreadyGone) {
            // The descriptor is released either way (close(2)).
          }
        });
    reactor.close();
  }

  /** Prints its port on a separate line and serves until its standard input ends. */
  public static void main(String[] arguments) throws Exception {
    try (LoadBackend backend = start()) {
      System.out.println(backend.port());
      CountDownLatch ended = new CountDownLatch(1);
      Thread watch =
          new Thread(
              () -> {
                try {
                  while (System.in.read() >= 0) {
                    // Nothing is said on it: its end says that the benchmark is gone.
                  }
                } catch (IOException gone) {
                  // As good as its end.
                }
                ended.countDown();
              });
      watch.setDaemon(true);
      watch.start();
      ended.await();
    }
  }
}
