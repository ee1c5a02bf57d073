package io.terminator.testkit;

import java.io.IOException;
import java.net.InetSocketAddress;

/**
 * Asks for much and reads little, with a receive window of a few KiB: the server must hold back. It
 * reads only when the test says so.
 */
public final class SlowReader implements AutoCloseable {

  private static final int RECEIVE_BUFFER = 4096;

  private final RawTlsClient raw;

  private SlowReader(RawTlsClient raw) {
    this.raw = raw;
  }

  /** Completes the handshake and sends {@code request}. */
  public static SlowReader connect(TlsClient client, InetSocketAddress address, byte[] request)
      throws IOException {
    RawTlsClient raw = client.raw(TcpClient.connect(address, RECEIVE_BUFFER)).handshake();
    raw.write(request);
    return new SlowReader(raw);
  }

  /** Reads {@code count} bytes, and not the rest. */
  public byte[] sip(int count) throws IOException {
    return raw.readExactly(count);
  }

  /** Gives up being slow: reads to the end, counting and hashing what {@link #sip} left. */
  public Counted drink() throws IOException {
    return raw.countToEnd();
  }

  public RawTlsClient raw() {
    return raw;
  }

  @Override
  public void close() throws IOException {
    raw.close();
  }
}
