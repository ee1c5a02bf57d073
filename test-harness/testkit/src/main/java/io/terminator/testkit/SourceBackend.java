package io.terminator.testkit;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Sends the same deterministic bytes to every client after the accept, then FIN, and waits for the
 * client's end.
 */
public final class SourceBackend implements Backend {

  private final long seed;
  private final long length;
  private final AtomicLong written = new AtomicLong();
  private final ScriptedBackend server;

  private SourceBackend(long seed, long length) {
    this.seed = seed;
    this.length = length;
    this.server = ScriptedBackend.start(this::pour);
  }

  /** Sends the first {@code length} bytes of the stream of {@code seed}. */
  public static SourceBackend start(long seed, long length) {
    return new SourceBackend(seed, length);
  }

  public long length() {
    return length;
  }

  /** Hash of what one client gets, in hex. */
  public String sha256() {
    return Deterministic.sha256(seed, length);
  }

  /**
   * The number of bytes that the kernel has accepted so far, over all connections; constant while a
   * client blocks.
   */
  public long written() {
    return written.get();
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

  private void pour(SocketPeer client) throws IOException {
    Deterministic stream = new Deterministic(seed);
    byte[] piece = new byte[1 << 14];
    for (long left = length; left > 0; left -= piece.length) {
      int size = (int) Math.min(left, piece.length);
      stream.fill(piece, size);
      client.write(piece, size);
      written.addAndGet(size);
    }
    client.finishOutput();
    client.awaitEnd();
  }
}
