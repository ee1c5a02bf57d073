package io.terminator.core.http.h2;

import org.jspecify.annotations.Nullable;

/**
 * The streams of a connection that were closed last, because frames that the peer sent before it
 * knew are not its fault (RFC 9113 section 5.1). Takes no memory until one was closed. Worker
 * thread only.
 */
final class ClosedStreams {
  private static final int MOST = 64;

  private int @Nullable [] ids;
  private int next;

  /** {@code reset}: closed by a reset, so that more of the peer's frames may be on their way. */
  void add(int id, boolean reset) {
    int[] ring = ids;
    if (ring == null) {
      ring = new int[MOST];
      ids = ring;
    }
    ring[next] = reset ? id : -id;
    next = (next + 1) % MOST;
  }

  /** Whether the stream was closed by a reset. */
  boolean wasReset(int id) {
    return has(id);
  }

  /** Whether both sides had ended the stream. */
  boolean wasEnded(int id) {
    return has(-id);
  }

  private boolean has(int id) {
    int[] ring = ids;
    if (ring != null) {
      for (int known : ring) {
        if (known == id) {
          return true;
        }
      }
    }
    return false;
  }
}
