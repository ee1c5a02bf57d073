package io.terminator.core.chain;

import io.terminator.core.frame.FrameQueue;
import io.terminator.core.frame.Scratch;
import java.nio.ByteBuffer;

/**
 * A stream whose first bytes have already been read: they are returned again first, byte for byte.
 * Worker thread only.
 */
public final class ReplayStream extends StreamLayer {
  private final FrameQueue kept;

  public ReplayStream(ByteStream below) {
    super(below);
    this.kept = new FrameQueue(below.worker().frames());
  }

  /** Copies {@code bytes[0, length)} as the bytes to return first; false when no frame is free. */
  public boolean keep(ByteBuffer bytes, int length) {
    return kept.append(bytes, 0, length);
  }

  @Override
  public int read(Scratch target, int at, int most) {
    return kept.isEmpty()
        ? below.read(target, at, most)
        : kept.drainTo(target.buffer(), at, (int) Math.min(target.capacity(), (long) at + most));
  }

  @Override
  public boolean hasBufferedInput() {
    return !kept.isEmpty();
  }

  @Override
  public boolean write(Scratch source, int from, int to) {
    return below.write(source, from, to);
  }

  @Override
  public void finishOutput(boolean closing) {
    below.finishOutput(closing);
  }

  @Override
  public void release() {
    kept.clear();
  }
}
