package io.terminator.core.http.message;

import java.util.ArrayDeque;

/** The heads of one worker that are not in use. Worker thread only. */
public final class Heads {
  private static final int MOST = 256;

  /** A head that had to grow further is left to the garbage collector. */
  private static final int LARGEST = 16 * 1024;

  private final ArrayDeque<Head> free = new ArrayDeque<>();

  /** An empty head, which the caller gives back with {@link #release}. */
  public Head take(HeadKind kind) {
    Head head = free.pollLast();
    if (head == null) {
      head = new Head();
    }
    head.clear(kind);
    return head;
  }

  /** The caller no longer uses {@code head}. */
  public void release(Head head) {
    if (free.size() < MOST && head.capacity() <= LARGEST) {
      free.addLast(head);
    }
  }
}
