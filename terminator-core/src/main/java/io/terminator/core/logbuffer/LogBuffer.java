package io.terminator.core.logbuffer;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;

/**
 * One worker's bounded memory of log lines: the worker appends, the flusher takes, neither waits
 * for the other. A line that does not fit is dropped whole and counted.
 *
 * <pre>
 *   +--------------------------------------------+
 *   |  free  | lines not yet written |   free    |      positions only grow; a cell is position mod capacity
 *   +--------------------------------------------+
 *            ^ read (flusher)        ^ written (worker)
 * </pre>
 *
 * The ring grows by doubling up to its capacity when lines wait, so that an idle worker keeps
 * little memory.
 */
public final class LogBuffer {
  private static final byte[] EMPTY = {};
  private static final int FIRST = 16 * 1024;
  private static final VarHandle WRITTEN;
  private static final VarHandle READ;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      WRITTEN = lookup.findVarHandle(LogBuffer.class, "written", long.class);
      READ = lookup.findVarHandle(LogBuffer.class, "read", long.class);
    } catch (ReflectiveOperationException impossible) {
      throw new ExceptionInInitializerError(impossible);
    }
  }

  /** Replaced by the worker; a ring that the flusher still reads is not written any more. */
  private volatile byte[] ring;

  private final int capacity;
  private final Runnable onHalfFull;
  private volatile long written;
  private volatile long read;
  private volatile long entries;
  private volatile long dropped;
  private volatile boolean retired;
  private boolean asked;

  /**
   * {@code onHalfFull} wakes the flusher. Called on the worker, once each time the buffer becomes
   * half full.
   */
  public LogBuffer(int capacity, Runnable onHalfFull) {
    this.ring = new byte[Math.min(FIRST, capacity)];
    this.capacity = capacity;
    this.onHalfFull = onHalfFull;
  }

  /** Appends {@code line[0, length)}, which ends with a line feed. Worker thread only. */
  public void append(byte[] line, int length) {
    long at = (long) WRITTEN.get(this);
    long used = at - (long) READ.getAcquire(this);
    if (length > capacity - used) {
      dropped = dropped + 1;
      return;
    }
    byte[] ring = this.ring;
    if (length > ring.length - used) {
      ring = grow(ring, at - used, (int) used, length);
    }
    int cell = (int) (at % ring.length);
    int first = Math.min(length, ring.length - cell);
    System.arraycopy(line, 0, ring, cell, first);
    System.arraycopy(line, first, ring, 0, length - first);
    WRITTEN.setRelease(this, at + length);
    entries = entries + 1;
    if (used + length < capacity / 2) {
      asked = false;
    } else if (!asked) {
      asked = true;
      onHalfFull.run();
    }
  }

  /**
   * Copies the {@code used} bytes from {@code from} on into a ring with room for {@code more}. The
   * flusher may have taken some of them since: it will not read them again.
   */
  private byte[] grow(byte[] old, long from, int used, int more) {
    int size = old.length;
    while (size < used + more) {
      size = (int) Math.min(2L * size, capacity);
    }
    byte[] larger = new byte[size];
    for (int copied = 0; copied < used; ) {
      int source = (int) ((from + copied) % old.length);
      int target = (int) ((from + copied) % size);
      int count = Math.min(used - copied, Math.min(old.length - source, size - target));
      System.arraycopy(old, source, larger, target, count);
      copied += count;
    }
    ring = larger;
    return larger;
  }

  /** Moves as many waiting bytes as fit into {@code target}; returns their number. Flusher only. */
  int take(ByteBuffer target) {
    long at = (long) READ.get(this);
    int count = (int) Math.min((long) WRITTEN.getAcquire(this) - at, target.remaining());
    if (count == 0) {
      return 0;
    }
    // After the position: this ring or a newer one contains all bytes before it.
    byte[] ring = this.ring;
    int cell = (int) (at % ring.length);
    int first = Math.min(count, ring.length - cell);
    target.put(ring, cell, first);
    target.put(ring, 0, count - first);
    READ.setRelease(this, at + count);
    return count;
  }

  /** No line is appended after this call. Any thread. */
  void retire() {
    retired = true;
  }

  /** Frees the memory if no lines are left. Flusher only. */
  void releaseIfRetired() {
    if (retired && waiting() == 0) {
      ring = EMPTY;
    }
  }

  /** Bytes not yet written. Any thread. */
  public long waiting() {
    return written - read;
  }

  public int capacity() {
    return capacity;
  }

  /** Lines appended. Any thread. */
  public long entries() {
    return entries;
  }

  /** Lines dropped because the buffer was full. Any thread. */
  public long dropped() {
    return dropped;
  }
}
