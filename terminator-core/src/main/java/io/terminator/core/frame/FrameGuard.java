package io.terminator.core.frame;

import java.nio.ByteBuffer;

/**
 * A pool for tests that replaces the normal one if the JVM was started with {@code
 * -Dio.terminator.frames.guarded=true}. It places guard bytes behind each frame, fills free frames
 * with a poison pattern, and reports every use of a free frame as an error. Scratch memory that is
 * not leased is poisoned too. The flag is a constant to the compiler, so the normal pool has no
 * overhead. It is not a setting, so it is read here and not in the configuration. Worker thread
 * only.
 */
final class FrameGuard {
  static final boolean ON = Boolean.getBoolean("io.terminator.frames.guarded");

  /** The distance between frames. */
  static final int STRIDE = FramePool.FRAME_SIZE + (ON ? 64 : 0);

  private static final byte UNTOUCHED = (byte) 0xC5;
  private static final byte POISON = (byte) 0xDB;

  private FrameGuard() {}

  static void prepare(ByteBuffer slab, int offset) {
    fill(slab, offset, offset + FramePool.FRAME_SIZE, POISON);
    fill(slab, offset + FramePool.FRAME_SIZE, offset + STRIDE, UNTOUCHED);
  }

  static void onTake(ByteBuffer slab, int offset) {
    check(
        slab,
        offset,
        offset + FramePool.FRAME_SIZE,
        POISON,
        "a frame was written to after its release");
  }

  static void onRelease(ByteBuffer slab, int offset) {
    check(
        slab,
        offset + FramePool.FRAME_SIZE,
        offset + STRIDE,
        UNTOUCHED,
        "a frame was written to beyond its end");
    fill(slab, offset, offset + FramePool.FRAME_SIZE, POISON);
  }

  static void onUse(boolean free) {
    if (free) {
      throw new IllegalStateException("a frame was used after its release");
    }
  }

  static void onLease(boolean leased, ByteBuffer scratch) {
    if (leased) {
      throw new IllegalStateException("scratch memory was leased while it was in use");
    }
    check(scratch, 0, scratch.capacity(), POISON, "scratch memory was written to after its lease");
  }

  static void onLeaseUse(boolean leased) {
    if (!leased) {
      throw new IllegalStateException("scratch memory was used after its lease");
    }
  }

  static void poison(ByteBuffer scratch) {
    fill(scratch, 0, scratch.capacity(), POISON);
  }

  private static void fill(ByteBuffer slab, int from, int to, byte value) {
    for (int i = from; i < to; i++) {
      slab.put(i, value);
    }
  }

  private static void check(ByteBuffer slab, int from, int to, byte value, String otherwise) {
    for (int i = from; i < to; i++) {
      if (slab.get(i) != value) {
        throw new IllegalStateException(otherwise + ", at byte " + (i - from));
      }
    }
  }
}
