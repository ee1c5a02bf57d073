package io.terminator.core.frame;

import io.netty.channel.unix.Buffer;
import java.nio.ByteBuffer;

/**
 * Direct memory that every connection of one worker uses in turn: what it holds is meaningless once the event that filled
 * it has been handled. Worker thread only.
 */
public final class Scratch {
  private static final ByteBuffer GONE = ByteBuffer.allocate(0);

  private ByteBuffer buffer;
  private final long address;

  public Scratch(int capacity) {
    buffer = ByteBuffer.allocateDirect(capacity);
    address = Buffer.memoryAddress(buffer);
  }

  /** The memory as a buffer; callers use absolute access only, so that position and limit stay whole. */
  public ByteBuffer buffer() {
    return buffer;
  }

  public long address() {
    return address;
  }

  /** Gives the memory back, once its worker has ended; nothing may use it any more. */
  public void forget() {
    buffer = GONE;
  }

  public int capacity() {
    return buffer.capacity();
  }
}
