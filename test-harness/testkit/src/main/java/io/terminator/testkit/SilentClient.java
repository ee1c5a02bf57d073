package io.terminator.testkit;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;

/**
 * A client that begins a step, becomes silent, and waits to be disconnected, for tests of
 * deadlines. The time in {@link #awaitDismissal} counts from its last byte, or from the connection.
 */
public final class SilentClient implements AutoCloseable {

  /** When and how the server ended the connection. */
  public record Dismissal(Duration after, Received received) {

    public Ending ending() {
      return received.ending();
    }
  }

  private final TcpClient tcp;
  private final long silentSince;

  private SilentClient(TcpClient tcp) {
    this.tcp = tcp;
    this.silentSince = System.nanoTime();
  }

  /** Connects and sends nothing at all. */
  public static SilentClient connected(InetSocketAddress address) throws IOException {
    return new SilentClient(TcpClient.connect(address));
  }

  /** Sends the first {@code count} bytes of a ClientHello. */
  public static SilentClient afterPartOfHello(
      TlsClient client, InetSocketAddress address, int count) throws IOException {
    RawTlsClient raw = client.raw(address);
    raw.sendRaw(Arrays.copyOf(raw.clientHello(), count));
    return new SilentClient(raw.tcp());
  }

  /** Sends a complete ClientHello and does not continue the handshake. */
  public static SilentClient afterHello(TlsClient client, InetSocketAddress address)
      throws IOException {
    RawTlsClient raw = client.raw(address);
    raw.sendRaw(raw.clientHello());
    return new SilentClient(raw.tcp());
  }

  /** Completes the handshake. */
  public static SilentClient afterHandshake(TlsClient client, InetSocketAddress address)
      throws IOException {
    return new SilentClient(client.raw(address).handshake().tcp());
  }

  /** Completes the handshake and sends the first {@code count} bytes of a record. */
  public static SilentClient afterPartOfRecord(
      TlsClient client, InetSocketAddress address, int count) throws IOException {
    RawTlsClient raw = client.raw(address).handshake();
    raw.writePartially(new byte[Math.max(1, count)], count);
    return new SilentClient(raw.tcp());
  }

  /** Waits at most {@code longest} for FIN or RST; returns the bytes before it. */
  public Dismissal awaitDismissal(Duration longest) throws IOException {
    Received received = tcp.patience(longest).readToEnd();
    return new Dismissal(Duration.ofNanos(System.nanoTime() - silentSince), received);
  }

  @Override
  public void close() throws IOException {
    tcp.close();
  }
}
