package io.terminator.core.connect;

import io.terminator.core.chain.ByteStream;
import io.terminator.core.flow.Leg;
import io.terminator.core.flow.Slot;
import io.terminator.core.route.Server;

/**
 * An open connection to a server: the slot that it occupies there, and its outermost stream. Its
 * owner ends it once: a leg, or whatever keeps it between two legs. Worker thread only.
 */
public final class BackendConnection implements Leg.Stage {
  private final Server server;
  private final Slot slot;
  private final ByteStream stream;

  public BackendConnection(Server server, Slot slot, ByteStream stream) {
    this.server = server;
    this.slot = slot;
    this.stream = stream;
  }

  public ByteStream stream() {
    return stream;
  }

  @Override
  public void end(boolean clean) {
    try {
      close(clean);
    } finally {
      try {
        stream.release();
      } finally {
        slot.release();
      }
    }
  }

  private void close(boolean clean) {
    if (!clean) {
      stream.abort();
      return;
    }
    try {
      stream.finishOrAbort();
    } catch (RuntimeException | Error fault) {
      stream.abort();
      throw fault;
    }
  }

  /**
   * The same place on the server with another stream, instead of this object, which is not ended
   * any more. The caller owns the former stream.
   */
  public BackendConnection over(ByteStream other) {
    return new BackendConnection(server, slot, other);
  }

  /** Releases the slot and leaves the stream to the caller, which ends it. */
  public void vacate() {
    slot.release();
  }

  @Override
  public String server() {
    return server.name();
  }

  /** The server that this is a connection to. */
  public Server target() {
    return server;
  }

  @Override
  public boolean occupies(Slot other) {
    return slot == other;
  }

  @Override
  public long pendingOutput() {
    return stream.pendingOutput();
  }
}
