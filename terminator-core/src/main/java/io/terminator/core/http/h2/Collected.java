package io.terminator.core.http.h2;

import io.terminator.core.frame.FrameQueue;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Bytes that a connection collects until the end of a turn. The first few are in an array that the
 * worker lends, the others in frames: most connections collect some dozens of bytes, and a frame
 * each would be much memory where many are ready in one turn. Worker thread only.
 */
final class Collected {
  static final int FEW = 512;

  private static final int MOST_FREE = 64;

  private final ArrayDeque<byte[]> free;
  private final FrameQueue rest;
  private byte @Nullable [] few;
  private int fewFrom;
  private int fewTo;

  /** {@code free} has the arrays that no connection of the worker uses. */
  Collected(ArrayDeque<byte[]> free, FrameQueue rest) {
    this.free = free;
    this.rest = rest;
  }

  /** Copies {@code source[from, to)}; false if no frame is left. */
  boolean append(ByteBuffer source, int from, int to) {
    if (!rest.isEmpty() || fewTo + (to - from) > FEW) {
      return rest.append(source, from, to);
    }
    byte[] target = few;
    if (from == to) {
      return true;
    }
    if (target == null) {
      target = free.isEmpty() ? new byte[FEW] : free.removeLast();
      few = target;
    }
    source.get(from, target, fewTo, to - from);
    fewTo += to - from;
    return true;
  }

  /** Moves as many bytes as fit into {@code target[from, to)}; returns their number. */
  int drainTo(ByteBuffer target, int from, int to) {
    byte[] source = few;
    int count = Math.min(fewTo - fewFrom, to - from);
    if (source != null) {
      target.put(from, source, fewFrom, count);
      fewFrom += count;
      if (fewFrom < fewTo) {
        return count;
      }
      clearFew();
    }
    return count + rest.drainTo(target, from + count, to);
  }

  long bytes() {
    return fewTo - fewFrom + rest.bytes();
  }

  boolean isEmpty() {
    return few == null && rest.isEmpty();
  }

  void clear() {
    clearFew();
    rest.clear();
  }

  private void clearFew() {
    byte[] used = few;
    few = null;
    fewFrom = 0;
    fewTo = 0;
    if (used != null && free.size() < MOST_FREE) {
      free.addLast(used);
    }
  }
}
