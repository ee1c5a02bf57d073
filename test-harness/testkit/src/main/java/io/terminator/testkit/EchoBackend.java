package io.terminator.testkit;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLContext;

/** Sends every byte back and, after the client's FIN, its own FIN. */
public final class EchoBackend implements Backend {

  private final AtomicLong bytes = new AtomicLong();
  private final List<Ending> endings = new CopyOnWriteArrayList<>();
  private final ScriptedBackend server;

  private EchoBackend(int port) {
    this.server = ScriptedBackend.startOn(port, this::echo);
  }

  private EchoBackend(InetSocketAddress address) {
    this.server = ScriptedBackend.startOn(address, this::echo);
  }

  private EchoBackend(SSLContext context) {
    this.server = ScriptedBackend.startTls(context, this::echo);
  }

  public static EchoBackend start() {
    return new EchoBackend(0);
  }

  /** On a given port, to restart a backend where one was before. */
  public static EchoBackend startOn(int port) {
    return new EchoBackend(port);
  }

  /** On a given address, for several backends that differ only in their addresses. */
  public static EchoBackend startOn(InetSocketAddress address) {
    return new EchoBackend(address);
  }

  /** With TLS, for passthrough and for TLS to backends. */
  public static EchoBackend startTls(SSLContext context) {
    return new EchoBackend(context);
  }

  /** Bytes received so far on all connections. */
  public long bytes() {
    return bytes.get();
  }

  /** How the clients ended their directions, in chronological order. */
  public List<Ending> endings() {
    return List.copyOf(endings);
  }

  /** Failures of connections: refused handshakes, and clients that left before the answer. */
  public List<Throwable> failures() {
    return server.failures();
  }

  @Override
  public InetSocketAddress address() {
    return server.address();
  }

  @Override
  public int accepted() {
    return server.accepted();
  }

  @Override
  public int active() {
    return server.active();
  }

  @Override
  public void close() {
    server.close();
  }

  private void echo(SocketPeer client) throws IOException {
    // Waits as long as its client lets it: on a busy machine a test with many open connections
    // takes longer than the usual patience, and must not lose the first of them meanwhile.
    client.socket().setSoTimeout(0);
    endings.add(
        client.consume(
            (piece, offset, length) -> {
              bytes.addAndGet(length);
              client.write(piece, length);
            }));
  }
}
