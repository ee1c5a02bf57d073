package io.terminator.core.frame;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A queue of bytes in frames of one pool. Holds no frame while empty. Worker thread only. */
public final class FrameQueue {
  private final FramePool pool;
  private @Nullable Frame head;
  private @Nullable Frame tail;
  private long bytes;

  public FrameQueue(FramePool pool) {
    this.pool = pool;
  }

  /**
   * Appends {@code source[from, to)}. Returns false if the pool and its reserve are exhausted, with
   * only the bytes appended that fitted. The connection can then only be closed, since bytes would
   * be lost.
   */
  public boolean append(ByteBuffer source, int from, int to) {
    int at = from;
    while (at < to) {
      Frame last = tail;
      if (last == null || last.room() == 0) {
        Frame fresh = pool.take();
        if (fresh == null) {
          return false;
        }
        if (last == null) {
          head = fresh;
        } else {
          last.link(fresh);
        }
        tail = fresh;
        last = fresh;
      }
      int taken = last.append(source, at, to);
      at += taken;
      bytes += taken;
    }
    return true;
  }

  /** Moves bytes from the front into {@code target[at, limit)}; returns their number. */
  public int drainTo(ByteBuffer target, int at, int limit) {
    int moved = 0;
    Frame first = head;
    while (first != null && at + moved < limit) {
      moved += first.drainTo(target, at + moved, limit);
      if (first.length() > 0) {
        break;
      }
      first = dropHead(first);
    }
    bytes -= moved;
    return moved;
  }

  /**
   * Copies bytes from the front into {@code target[at, limit)}, where they stay; returns their
   * number.
   */
  public int copyTo(ByteBuffer target, int at, int limit) {
    int copied = 0;
    for (Frame frame = head; frame != null && at + copied < limit; frame = frame.next()) {
      copied += frame.copyTo(target, at + copied, limit);
    }
    return copied;
  }

  /**
   * Removes {@code count} bytes at the front, which have been sent, and releases the frames that
   * become empty.
   */
  public void consume(long count) {
    bytes -= count;
    long left = count;
    Frame first = head;
    while (first != null && left >= first.length()) {
      left -= first.length();
      first = dropHead(first);
    }
    if (first != null) {
      first.consume((int) left);
    }
  }

  /** Releases every frame; the bytes are discarded. */
  public void clear() {
    Frame first = head;
    while (first != null) {
      first = dropHead(first);
    }
    bytes = 0;
  }

  public @Nullable Frame head() {
    return head;
  }

  public long bytes() {
    return bytes;
  }

  public boolean isEmpty() {
    return bytes == 0;
  }

  private @Nullable Frame dropHead(Frame first) {
    Frame following = first.next();
    head = following;
    if (following == null) {
      tail = null;
    }
    pool.release(first);
    return following;
  }
}
