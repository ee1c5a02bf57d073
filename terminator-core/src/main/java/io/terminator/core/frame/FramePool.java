package io.terminator.core.frame;

import io.netty.channel.unix.Buffer;
import io.terminator.core.observe.Diagnostics;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The fixed-size frames of one worker. Memory is allocated in slabs: a small one at start, and
 * larger ones when first needed, up to a hard budget; each is touched at once. A slab is never
 * given back, so that repeated bursts find the same capacity. The last frames are a reserve for
 * output that must still be sent (alerts, close_notify) after reading has stopped. Worker thread
 * only, except the gauges, which any thread may read.
 */
public final class FramePool {
  public static final int FRAME_SIZE = 16 * 1024;

  /** The maximum that one read may leave waiting: the callers' scratch is not larger. */
  public static final int LARGEST_READ = 112 * 1024;

  private static final int FRAMES_PER_READ = LARGEST_READ / FRAME_SIZE + 1;
  private static final int FIRST_SLAB = 16;
  private static final int LARGEST_SLAB = 128;

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
   * {@code budgetBytes} is rounded down to whole frames, or up to the minimum that lets one
   * connection proceed. {@code later} runs a task on this thread, never from within the call:
   * waiters use the worker's scratch memory.
   */
  public FramePool(long budgetBytes, Executor later, Diagnostics diagnostics) {
    this.later = later;
    this.diagnostics = diagnostics;
    int wanted = (int) Math.min(budgetBytes / FRAME_SIZE, Integer.MAX_VALUE / 2);
    budget = Math.max(wanted, 4 * FRAMES_PER_READ);
    reserve = Math.max(FRAMES_PER_READ, budget / 16);
    grow();
  }

  /** True if a read is permitted: everything that it can leave behind fits without the reserve. */
  public boolean hasRoomForRead() {
    return budget - used >= reserve + FRAMES_PER_READ;
  }

  /**
   * Runs {@code waiter} once, on this thread but never from within {@link #release}, when {@link
   * #hasRoomForRead} is true again. First come, first served.
   */
  public void awaitRoom(Runnable waiter) {
    boolean first = waiters.isEmpty();
    waiters.add(waiter);
    if (first) {
      onShort.run();
    }
  }

  /** Calls {@code receiver} whenever the queue of waiters becomes non-empty. */
  public void whenShort(Runnable receiver) {
    onShort = receiver;
  }

  /** The number of waiters that found room. */
  public long wakes() {
    return wakes;
  }

  /** As {@link #hasRoomForRead}, for as many of the waiters as half of the pool could serve. */
  public boolean hasRoomForWaiters() {
    int reads = Math.min(waiters.size(), Math.max(1, (budget - reserve) / (2 * FRAMES_PER_READ)));
    return budget - used >= reserve + reads * FRAMES_PER_READ;
  }

  /** The number of waiters. */
  public int waiters() {
    return waiters.size();
  }

  /** Returns a frame, possibly from the reserve; null when the whole budget is in use. */
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
    // Not from here: the code that releases a frame is often in the middle of a read into the
    // scratch memory that all connections share. A waiter that reads now would overwrite it with
    // its own client's bytes.
    if (!waking && !waiters.isEmpty() && hasRoomForRead()) {
      waking = true;
      later.execute(this::wake);
    }
  }

  private void wake() {
    waking = false;
    // A waiter reads and may fill frames again, so the condition is checked again for each.
    while (!waiters.isEmpty() && hasRoomForRead()) {
      wakes++;
      waiters.remove().run();
    }
  }

  public int used() {
    return used;
  }

  /** The number of frames, used or free. Grows by slabs up to {@link #budget} and never shrinks. */
  public int created() {
    return created;
  }

  public int budget() {
    return budget;
  }

  public int highWatermark() {
    return highWatermark;
  }

  /** Frees every slab after the worker has ended; no frame may be used any more. */
  public void forget() {
    free = null;
    waiters.clear();
  }

  private void grow() {
    int slab = Math.min(LARGEST_SLAB, Math.max(FIRST_SLAB, created));
    int frames = Math.min(slab, budget - created);
    ByteBuffer memory;
    try {
      memory = ByteBuffer.allocateDirect(frames * FrameGuard.STRIDE);
    } catch (OutOfMemoryError limit) {
      if (created == 0) {
        throw limit;
      }
      // Repeated requests would cost each connection that makes one; pausing reads costs only time.
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
    long address = Buffer.memoryAddress(memory);
    for (int i = frames - 1; i >= 0; i--) {
      int offset = i * FrameGuard.STRIDE;
      if (FrameGuard.ON) {
        FrameGuard.prepare(memory, offset);
      }
      Frame frame = new Frame(memory, offset, address + offset);
      frame.link(free);
      free = frame;
    }
    created = created + frames;
  }
}
