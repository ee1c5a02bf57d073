package io.terminator.core.frame;

import io.netty.channel.unix.Buffer;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Writes queued frames in one {@code writev}: header and body leave together, however many frames hold them. One a
 * worker, used within one call.
 */
public final class Gathering {
  // Sixteen frames are 256 KiB, the default high-water mark; more than that no socket takes at
  // once.
  private static final int FRAMES = 17;
  private static final int WORD = 8;
  private static final int ENTRY = 2 * WORD;

  /** struct iovec entries, readv(2). */
  private final ByteBuffer vectors =
      ByteBuffer.allocateDirect(FRAMES * ENTRY).order(ByteOrder.nativeOrder());

  private final long address = Buffer.memoryAddress(vectors);

  /** How many bytes the kernel took of {@code queue}, which is not empty; they are not consumed yet. */
  public long write(FileDescriptor socket, FrameQueue queue) throws IOException {
    int count = 0;
    for (Frame frame = queue.head(); frame != null && count < FRAMES; frame = frame.next()) {
      vectors.putLong(count * ENTRY, frame.address());
      vectors.putLong(count * ENTRY + WORD, frame.length());
      count++;
    }
    return socket.writevAddresses(address, count);
  }
}
