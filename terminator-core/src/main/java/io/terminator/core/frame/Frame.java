package io.terminator.core.frame;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A fixed piece of a worker's slab that holds bytes waiting for a blocked peer. Filled at the end,
 * emptied at the start. A frame taken from the {@link FramePool} belongs to the caller until {@link
 * FramePool#release}. Worker thread only.
 */
public final class Frame {
  private final ByteBuffer slab;
  private final int offset;
  private final long address;
  private int start;
  private int end;
  private boolean free = true;
  private @Nullable Frame next;

  Frame(ByteBuffer slab, int offset, long address) {
    this.slab = slab;
    this.offset = offset;
    this.address = address;
  }

  /** Copies as much of {@code source[from, to)} as fits; returns the number of bytes copied. */
  public int append(ByteBuffer source, int from, int to) {
    if (FrameGuard.ON) {
      FrameGuard.onUse(free);
    }
    int taken = Math.min(room(), to - from);
    slab.put(offset + end, source, from, taken);
    end += taken;
    return taken;
  }

  /**
   * Copies as much as fits into {@code target[at, limit)} and consumes it; returns the number of
   * bytes copied.
   */
  public int drainTo(ByteBuffer target, int at, int limit) {
    int moved = copyTo(target, at, limit);
    start += moved;
    return moved;
  }

  /** As {@link #drainTo}, but consumes nothing. */
  int copyTo(ByteBuffer target, int at, int limit) {
    if (FrameGuard.ON) {
      FrameGuard.onUse(free);
    }
    int copied = Math.min(length(), limit - at);
    target.put(at, slab, offset + start, copied);
    return copied;
  }

  /** Removes the first {@code bytes} bytes, which have been sent. */
  public void consume(int bytes) {
    if (FrameGuard.ON) {
      FrameGuard.onUse(free);
    }
    start += bytes;
  }

  public int length() {
    return end - start;
  }

  public int room() {
    return FramePool.FRAME_SIZE - end;
  }

  /** The native address of the first waiting byte. */
  public long address() {
    if (FrameGuard.ON) {
      FrameGuard.onUse(free);
    }
    return address + start;
  }

  /** The slab that contains this frame and its neighbours, from its first frame on. */
  ByteBuffer slab() {
    return slab;
  }

  public @Nullable Frame next() {
    return next;
  }

  void link(@Nullable Frame following) {
    next = following;
  }

  void toTaken() {
    if (FrameGuard.ON) {
      FrameGuard.onTake(slab, offset);
    }
    free = false;
    start = 0;
    end = 0;
    next = null;
  }

  void toFree(@Nullable Frame following) {
    if (free) {
      throw new IllegalStateException("a frame was released twice");
    }
    if (FrameGuard.ON) {
      FrameGuard.onRelease(slab, offset);
    }
    free = true;
    next = following;
  }
}
