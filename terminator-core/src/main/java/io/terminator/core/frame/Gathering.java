package io.terminator.core.frame;

import io.netty.channel.unix.Buffer;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Writes queued frames with one {@code writev}, so that header and body are sent together. One per
 * worker, used within one call.
 */
public final class Gathering {
  // Sixteen frames are 256 KiB, the default high-water mark; no socket takes more at once.
  private static final int FRAMES = 17;
  private static final int WORD = 8;
  private static final int ENTRY = 2 * WORD;

  /** Entries of struct iovec, readv(2). */
  private final ByteBuffer vectors =
      ByteBuffer.allocateDirect(FRAMES * ENTRY).order(ByteOrder.nativeOrder());

  private final long address = Buffer.memoryAddress(vectors);
  private long offered;

  /**
   * Returns the number of bytes of {@code queue} that the kernel took; the caller consumes them.
   * The queue must not be empty.
   */
  public long write(FileDescriptor socket, FrameQueue queue) throws IOException {
    int count = 0;
    offered = 0;
    for (Frame frame = queue.head(); frame != null && count < FRAMES; frame = frame.next()) {
      vectors.putLong(count * ENTRY, frame.address());
      vectors.putLong(count * ENTRY + WORD, frame.length());
      offered += frame.length();
      count++;
    }
    return socket.writevAddresses(address, count);
  }

  /** The number of bytes that the last {@link #write} passed to the kernel. */
  public long offered() {
    return offered;
  }
}
