package io.terminator.core.frame;

import io.netty.channel.unix.Buffer;
import io.terminator.core.observe.Diagnostics;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * One worker's fixed-size frames. Memory comes in slabs, the first at start (touched, so that no burst pays for page
 * faults), the rest when first needed, up to a hard budget; a slab is never given back, so that burst, idle, burst finds
 * the same capacity. The last frames are a reserve for what must still leave (alerts, close_notify) when reading already
 * stopped. Worker thread only, except the gauges, which anyone may read.
 */
public final class FramePool {
  public static final int FRAME_SIZE = 16 * 1024;

  /** What one read may leave waiting at most: the callers' scratch is no larger. */
  public static final int LARGEST_READ = 112 * 1024;

  private static final int FRAMES_PER_READ = LARGEST_READ / FRAME_SIZE + 1;
  private static final int SLAB_FRAMES = 128;

  private volatile int budget;
  private final int reserve;
  private final Executor later;
  private final Diagnostics diagnostics;
  private final ArrayDeque<Runnable> waiters = new ArrayDeque<>();
  private @Nullable Frame free;
  private Runnable onShort = () -> {};
  private long wakes;
  private boolean waking;
  private volatile int created;
  private volatile int used;
  private volatile int highWatermark;

  /**
   * {@code budgetBytes} is rounded down to whole frames, and up to the least that lets one connection move. {@code later}
   * runs a task on this thread, never from within the call: waiters use the worker's scratch memory.
   */
  public FramePool(long budgetBytes, Executor later, Diagnostics diagnostics) {
    this.later = later;
    this.diagnostics = diagnostics;
    int wanted = (int) Math.min(budgetBytes / FRAME_SIZE, Integer.MAX_VALUE / 2);
    budget = Math.max(wanted, 4 * FRAMES_PER_READ);
    reserve = Math.max(FRAMES_PER_READ, budget / 16);
    grow();
  }

  /** True while a read may be made: all that it can leave behind fits without touching the reserve. */
  public boolean hasRoomForRead() {
    return budget - used >= reserve + FRAMES_PER_READ;
  }

  /**
   * Runs {@code waiter} once, on this thread but never from within {@link #release}, when {@link #hasRoomForRead} turned
   * true again; first come, first served.
   */
  public void awaitRoom(Runnable waiter) {
    boolean first = waiters.isEmpty();
    waiters.add(waiter);
    if (first) {
      onShort.run();
    }
  }

  /** Tells {@code receiver} whenever somebody begins to wait for room where nobody did. */
  public void whenShort(Runnable receiver) {
    onShort = receiver;
  }

  /** How many waited for room and found it. */
  public long wakes() {
    return wakes;
  }

  /** As {@link #hasRoomForRead}, for as many of those who wait as half of the pool could serve. */
  public boolean hasRoomForWaiters() {
    int reads = Math.min(waiters.size(), Math.max(1, (budget - reserve) / (2 * FRAMES_PER_READ)));
    return budget - used >= reserve + reads * FRAMES_PER_READ;
  }

  /** How many wait for room. */
  public int waiters() {
    return waiters.size();
  }

  /** A frame, the reserve included; null when the whole budget is in use. */
  public @Nullable Frame take() {
    Frame frame = free;
    if (frame == null) {
      if (created >= budget) {
        return null;
      }
      grow();
      frame = free;
      if (frame == null) {
        return null;
      }
    }
    free = frame.next();
    frame.toTaken();
    int now = used + 1;
    used = now;
    if (now > highWatermark) {
      highWatermark = now;
    }
    return frame;
  }

  public void release(Frame frame) {
    frame.toFree(free);
    free = frame;
    used = used - 1;
    // Not here: whoever releases a frame is often half-way through a read into the scratch memory
    // that
    // every connection shares, and a waiter that reads now would put its own client's bytes there.
    if (!waking && !waiters.isEmpty() && hasRoomForRead()) {
      waking = true;
      later.execute(this::wake);
    }
  }

  private void wake() {
    waking = false;
    // A waiter reads and may fill frames again: the condition is asked anew for each.
    while (!waiters.isEmpty() && hasRoomForRead()) {
      wakes++;
      waiters.remove().run();
    }
  }

  public int used() {
    return used;
  }

  /** Frames that exist, used or free; grows by slabs up to {@link #budget} and never shrinks. */
  public int created() {
    return created;
  }

  public int budget() {
    return budget;
  }

  public int highWatermark() {
    return highWatermark;
  }

  /** Gives every slab back, once the worker has ended; nothing may use a frame any more. */
  public void forget() {
    free = null;
    waiters.clear();
  }

  private void grow() {
    int frames = Math.min(SLAB_FRAMES, budget - created);
    ByteBuffer slab;
    try {
      slab = ByteBuffer.allocateDirect(frames * FrameGuard.STRIDE);
    } catch (OutOfMemoryError limit) {
      if (created == 0) {
        throw limit;
      }
      // Asking for it again and again would cost each connection that did; pausing reads costs time
      // only.
      int fit = created;
      int wanted = budget;
      diagnostics.error(
          "memory.frames",
          Duration.ofMinutes(1),
          () ->
              "memory.frames: only "
                  + fit
                  + " of "
                  + wanted
                  + " frames fit into the direct memory that the JVM allows ("
                  + limit.getMessage()
                  + "). Lower memory.frames or raise -XX:MaxDirectMemorySize");
      budget = created;
      return;
    }
    long address = Buffer.memoryAddress(slab);
    for (int i = frames - 1; i >= 0; i--) {
      int offset = i * FrameGuard.STRIDE;
      if (FrameGuard.ON) {
        FrameGuard.prepare(slab, offset);
      }
      Frame frame = new Frame(slab, offset, address + offset);
      frame.link(free);
      free = frame;
    }
    created = created + frames;
  }
}
