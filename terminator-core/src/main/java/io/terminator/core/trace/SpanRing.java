package io.terminator.core.trace;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The ended spans of one worker, in bounded memory and without a lock: the worker adds, one other
 * thread takes. A span that finds the ring full is counted and dropped.
 */
public final class SpanRing {
  private static final int CELLS = 512;

  private final AtomicReferenceArray<@Nullable Span> cells = new AtomicReferenceArray<>(CELLS);

  /** Of the worker alone. */
  private int added;

  /** Of the taking thread alone. */
  private int taken;

  private volatile long dropped;
  private volatile boolean ended;

  /** Worker thread only. */
  @SuppressWarnings("NonAtomicOperationOnVolatileField") // One thread writes.
  public void add(Span span) {
    if (cells.getAcquire(added) != null) {
      dropped = dropped + 1;
      return;
    }
    cells.setRelease(added, span);
    added = (added + 1) % CELLS;
  }

  /** Null if there is none. Taking thread only. */
  @Nullable Span take() {
    Span span = cells.getAcquire(taken);
    if (span != null) {
      cells.setRelease(taken, null);
      taken = (taken + 1) % CELLS;
    }
    return span;
  }

  long dropped() {
    return dropped;
  }

  /** The worker has ended and adds no more. */
  void toEnded() {
    ended = true;
  }

  boolean isEnded() {
    return ended;
  }
}
