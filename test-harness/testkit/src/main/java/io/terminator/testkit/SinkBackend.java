package io.terminator.testkit;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Reads everything, keeps only count and hash, and sends no answer. After the client's end it ends
 * its own direction. Count and hash cover all connections in order of arrival: read them if only
 * one connection sends at a time, or use {@link #finished} for one entry per connection.
 */
public final class SinkBackend implements Backend {

  private final Sha256 received = new Sha256();
  private final List<Counted> finished = new CopyOnWriteArrayList<>();
  private final ScriptedBackend server = ScriptedBackend.start(this::swallow);

  private SinkBackend() {}

  public static SinkBackend start() {
    return new SinkBackend();
  }

  /** Bytes received so far. */
  public long bytes() {
    return received.count();
  }

  /** Hash of the bytes received so far, in hex. */
  public String sha256() {
    return received.hex();
  }

  /** One entry for each connection that ended, in order. */
  public List<Counted> finished() {
    return List.copyOf(finished);
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

  private void swallow(SocketPeer client) throws IOException {
    Sha256 own = new Sha256();
    Ending ending =
        client.consume(
            (piece, offset, length) -> {
              received.update(piece, offset, length);
              own.update(piece, offset, length);
            });
    finished.add(new Counted(own.count(), own.hex(), ending));
  }
}
