package io.terminator.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * A backend that runs a script on each connection: one accept thread and one thread per connection.
 * The connection is closed when its script returns. Exceptions of scripts are kept in {@link
 * #failures}.
 */
public final class ScriptedBackend implements Backend {

  /** What the backend does with one connection. */
  @FunctionalInterface
  public interface Script {
    void run(SocketPeer client) throws Exception;
  }

  private static final int BACKLOG = 1024;
  private static final long JOIN_MILLIS = 10_000;

  private final ServerSocket listening;
  private final Script script;
  private final Thread acceptThread;
  private final Map<SocketPeer, Thread> connections = new ConcurrentHashMap<>();
  private final List<Throwable> failures = new CopyOnWriteArrayList<>();
  private final AtomicInteger accepted = new AtomicInteger();
  private volatile boolean closed;

  private ScriptedBackend(ServerSocket listening, Script script) {
    this.listening = listening;
    this.script = script;
    this.acceptThread = new Thread(this::acceptAll, "backend-" + listening.getLocalPort());
    acceptThread.setDaemon(true);
  }

  /** On a free port. */
  public static ScriptedBackend start(Script script) {
    return startOn(0, script);
  }

  /** On a given port, to restart a backend where one was before. */
  public static ScriptedBackend startOn(int port, Script script) {
    return startOn(new InetSocketAddress(loopback(), port), script);
  }

  /** On a given address, for several backends that differ only in their addresses. */
  public static ScriptedBackend startOn(InetSocketAddress address, Script script) {
    try {
      return started(new ServerSocket(address.getPort(), BACKLOG, address.getAddress()), script);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot listen on " + address, e);
    }
  }

  /** With TLS and {@code context}; a script begins when its handshake is complete. */
  public static ScriptedBackend startTls(SSLContext context, Script script) {
    try {
      return started(
          context.getServerSocketFactory().createServerSocket(0, BACKLOG, loopback()), script);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot listen with TLS", e);
    }
  }

  @Override
  public InetSocketAddress address() {
    return new InetSocketAddress(listening.getInetAddress(), listening.getLocalPort());
  }

  @Override
  public int accepted() {
    return accepted.get();
  }

  @Override
  public int active() {
    return connections.size();
  }

  /** The exceptions of scripts in order, except those during the close of the backend. */
  public List<Throwable> failures() {
    return List.copyOf(failures);
  }

  @Override
  public void close() {
    closed = true;
    try {
      listening.close();
      joined(acceptThread);
      for (Map.Entry<SocketPeer, Thread> connection : connections.entrySet()) {
        closeQuietly(connection.getKey());
        joined(connection.getValue());
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot close " + listening, e);
    }
  }

  private static ScriptedBackend started(ServerSocket listening, Script script) {
    ScriptedBackend backend = new ScriptedBackend(listening, script);
    backend.acceptThread.start();
    return backend;
  }

  private static InetAddress loopback() {
    return InetAddress.getLoopbackAddress();
  }

  private void acceptAll() {
    while (!closed) {
      try {
        Socket socket = listening.accept();
        accepted.incrementAndGet();
        serve(socket);
      } catch (IOException e) {
        if (!closed) {
          failures.add(e);
        }
      }
    }
  }

  private void serve(Socket socket) throws IOException {
    SocketPeer peer;
    try {
      peer = new SocketPeer(socket);
    } catch (IOException e) {
      // The client has reset the connection already: nothing to run the script on.
      socket.close();
      return;
    }
    Thread thread = new Thread(() -> run(peer), "backend-connection-" + socket.getPort());
    thread.setDaemon(true);
    connections.put(peer, thread);
    thread.start();
  }

  private void run(SocketPeer peer) {
    try {
      if (peer.socket() instanceof SSLSocket tls) {
        tls.startHandshake();
      }
      script.run(peer);
    } catch (Throwable failure) {
      if (!closed) {
        failures.add(failure);
      }
    } finally {
      closeQuietly(peer);
      connections.remove(peer);
    }
  }

  private static void closeQuietly(SocketPeer peer) {
    try {
      peer.close();
    } catch (IOException alreadyBroken) {
      // A reset connection has nothing left to close; the script's outcome says what happened.
    }
  }

  private static void joined(Thread thread) {
    try {
      thread.join(JOIN_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (thread.isAlive()) {
      throw new IllegalStateException("thread " + thread.getName() + " still runs after close");
    }
  }
}
