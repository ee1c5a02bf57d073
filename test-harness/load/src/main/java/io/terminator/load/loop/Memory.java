package io.terminator.load.loop;

import io.netty.channel.unix.Buffer;
import java.nio.ByteBuffer;

/** Direct memory with its address for native calls. Numbers are big-endian. */
public final class Memory {
  private final ByteBuffer buffer;
  private final long address;

  public Memory(int capacity) {
    buffer = ByteBuffer.allocateDirect(capacity);
    address = Buffer.memoryAddress(buffer);
  }

  /** Position and limit are anyone's to move. */
  public ByteBuffer buffer() {
    return buffer;
  }

  public long address() {
    return address;
  }

  public int capacity() {
    return buffer.capacity();
  }
}
