package io.terminator.core.frame;

import com.google.errorprone.annotations.MustBeClosed;
import io.netty.channel.unix.Buffer;
import java.nio.ByteBuffer;

/**
 * Direct memory that all connections of one worker use in turn. It is leased for a block of code:
 * {@code try (Scratch plain = worker.plain()) { ... }}. Its content is undefined after the block,
 * and it must not be leased again within the block. The lease is this object itself, so it
 * allocates nothing. With the guard on ({@link FrameGuard}), a second lease within the first and
 * any use after it are errors. Worker thread only.
 */
public final class Scratch implements AutoCloseable {
  private static final ByteBuffer GONE = ByteBuffer.allocate(0);

  private ByteBuffer buffer;
  private final long address;
  private boolean leased;

  public Scratch(int capacity) {
    buffer = ByteBuffer.allocateDirect(capacity);
    address = Buffer.memoryAddress(buffer);
    if (FrameGuard.ON) {
      FrameGuard.poison(buffer);
    }
  }

  /** For use by the worker that owns it. */
  @MustBeClosed
  public Scratch lease() {
    if (FrameGuard.ON) {
      FrameGuard.onLease(leased, buffer);
      leased = true;
    }
    return this;
  }

  /** Ends the lease. */
  @Override
  public void close() {
    if (FrameGuard.ON) {
      FrameGuard.onLeaseUse(leased);
      FrameGuard.poison(buffer);
      leased = false;
    }
  }

  /**
   * The memory as a buffer. Callers use absolute access only, so that position and limit stay
   * unchanged.
   */
  public ByteBuffer buffer() {
    if (FrameGuard.ON) {
      FrameGuard.onLeaseUse(leased);
    }
    return buffer;
  }

  public long address() {
    if (FrameGuard.ON) {
      FrameGuard.onLeaseUse(leased);
    }
    return address;
  }

  /** Frees the memory after its worker has ended; it must not be used any more. */
  public void forget() {
    buffer = GONE;
  }

  public int capacity() {
    return buffer.capacity();
  }
}
