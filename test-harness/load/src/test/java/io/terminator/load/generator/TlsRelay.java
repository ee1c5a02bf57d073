package io.terminator.load.generator;

import io.terminator.testkit.TestCa;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;

/**
 * A TLS terminator with the JDK's TLS and one thread per direction that damages the data as a test
 * requires.
 */
final class TlsRelay implements AutoCloseable {

  /**
   * Decides what is forwarded of {@code length} bytes that begin {@code position} bytes into the
   * stream.
   */
  interface Damage {
    Damage NONE = (bytes, length, position) -> length;

    /**
     * May change the bytes; returns how many of them to forward, or a negative number to close
     * immediately.
     */
    int apply(byte[] bytes, int length, long position);
  }

  private final SSLServerSocket server;
  private final int backendPort;
  private final Damage in;
  private final Damage out;

  TlsRelay(int backendPort, Damage in, Damage out) throws IOException {
    TestCa ca = TestCa.create();
    this.server =
        (SSLServerSocket)
            ca.serverContext(ca.server("bench.test"))
                .getServerSocketFactory()
                .createServerSocket(0, 100, InetAddress.getLoopbackAddress());
    this.backendPort = backendPort;
    this.in = in;
    this.out = out;
    daemon(this::serve);
  }

  Dial dial(ClientContext context) {
    return new Dial(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getLocalPort()),
        "bench.test",
        context);
  }

  private void serve() throws IOException {
    while (true) {
      SSLSocket client = (SSLSocket) server.accept();
      daemon(() -> relay(client));
    }
  }

  private void relay(SSLSocket client) throws IOException {
    try (client;
        Socket backend = new Socket(InetAddress.getLoopbackAddress(), backendPort)) {
      backend.setTcpNoDelay(true);
      client.startHandshake();
      daemon(
          () -> {
            try {
              pump(backend.getInputStream(), client.getOutputStream(), out);
            } finally {
              client.close();
            }
          });
      pump(client.getInputStream(), backend.getOutputStream(), in);
    }
  }

  private static void pump(InputStream from, OutputStream to, Damage damage) throws IOException {
    byte[] bytes = new byte[16 * 1024];
    long position = 0;
    while (true) {
      int length = from.read(bytes);
      if (length < 0) {
        return;
      }
      int kept = damage.apply(bytes, length, position);
      if (kept < 0) {
        return;
      }
      to.write(bytes, 0, kept);
      to.flush();
      position += length;
    }
  }

  private interface Work {
    void run() throws IOException;
  }

  private static void daemon(Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (IOException ended) {
                // The other side went away; what that means is the test's business.
              }
            });
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
