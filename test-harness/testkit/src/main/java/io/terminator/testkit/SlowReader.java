package io.terminator.testkit;

import java.io.IOException;
import java.net.InetSocketAddress;

/**
 * Requests much and reads little, with a receive window of a few KiB, so that the server must hold
 * back. It reads only when the test requests it.
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

  /** Reads the rest to the end without delay, counting and hashing it. */
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
