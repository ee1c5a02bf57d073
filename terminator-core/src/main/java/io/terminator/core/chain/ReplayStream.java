package io.terminator.core.chain;

import io.terminator.core.frame.FrameQueue;
import io.terminator.core.frame.Scratch;
import java.nio.ByteBuffer;

/** A socket of which the beginning was read already: that is read again first, byte for byte. Worker thread only. */
public final class ReplayStream implements ByteStream {
  private final TcpStream socket;
  private final FrameQueue kept;

  public ReplayStream(TcpStream socket) {
    this.socket = socket;
    this.kept = new FrameQueue(socket.worker().frames());
  }

  /** Copies {@code bytes[0, length)} to what is read first; false when no frame is free. */
  public boolean keep(ByteBuffer bytes, int length) {
    return kept.append(bytes, 0, length);
  }

  @Override
  public int read(Scratch target) {
    return kept.isEmpty()
        ? socket.read(target)
        : kept.drainTo(target.buffer(), 0, target.capacity());
  }

  @Override
  public boolean hasBufferedInput() {
    return !kept.isEmpty();
  }

  @Override
  public boolean write(Scratch source, int from, int to) {
    return socket.write(source, from, to);
  }

  @Override
  public long pendingOutput() {
    return socket.pendingOutput();
  }

  @Override
  public void finishOutput(boolean closing) {
    socket.finishOutput(closing);
  }

  @Override
  public boolean isOutputFinished() {
    return socket.isOutputFinished();
  }

  @Override
  public TcpStream tcp() {
    return socket;
  }

  @Override
  public void release() {
    kept.clear();
  }
}
