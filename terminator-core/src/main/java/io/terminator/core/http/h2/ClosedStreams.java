package io.terminator.core.http.h2;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The streams of a connection that were closed last, because frames that the peer sent before it
 * knew are not its fault (RFC 9113 section 5.1). Takes as much memory as were closed. Worker thread
 * only.
 */
final class ClosedStreams {
  private static final int MOST = 64;
  private static final int FEWEST = 4;

  private int @Nullable [] ids;
  private int next;

  /** {@code reset}: closed by a reset, so that more of the peer's frames may be on their way. */
  void add(int id, boolean reset) {
    int[] ring = ids == null ? new int[FEWEST] : ids;
    if (next == ring.length) {
      if (next < MOST) {
        ring = Arrays.copyOf(ring, 2 * next);
      } else {
        next = 0;
      }
    }
    ring[next++] = reset ? id : -id;
    ids = ring;
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
