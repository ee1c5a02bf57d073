package io.terminator.core.http.h2;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decides which of the streams that wait for room may use it, by RFC 9218: a lower urgency number
 * first, then one stream after the other in the order of their identifiers, or in turns where the
 * client asked for it. A stream whose bytes wait here is written; one whose other side waits is
 * told that there is room, and others of less urgency have to wait until it no longer uses the
 * room. Runs at the end of the worker's turn. Worker thread only.
 */
final class Scheduler {
  private final H2Connection connection;
  private final List<H2Stream> waiting = new ArrayList<>(0);
  private final Runnable run = this::run;
  private @Nullable H2Stream leader;
  private boolean scheduled;

  Scheduler(H2Connection connection) {
    this.connection = connection;
  }

  /** {@code stream} waits for room. */
  void add(H2Stream stream) {
    if (!stream.isQueued()) {
      stream.setQueued(true, connection.tick());
      waiting.add(stream);
    }
  }

  void remove(H2Stream stream) {
    if (stream.isQueued()) {
      stream.setQueued(false, 0);
      waiting.remove(stream);
    }
    if (leader == stream) {
      leader = null;
    }
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  /** There may be room now. */
  void wake() {
    if (!scheduled && !waiting.isEmpty()) {
      scheduled = true;
      connection.later(run);
    }
  }

  private void run() {
    scheduled = false;
    if (connection.isOver()) {
      return;
    }
    H2Stream told = null;
    while (connection.connectionRoom() > 0) {
      H2Stream best = best();
      if (best == null) {
        return;
      }
      if (outranks(leader, best) && leader != null && leader.takeProgress()) {
        wake();
        return;
      }
      if (told != null && compare(told, best) < 0) {
        // First it has to show whether it has something to send.
        leader = told;
        told.takeProgress();
        wake();
        return;
      }
      remove(best);
      if (best.hasWaitingBytes()) {
        best.drain();
      } else {
        told = best;
        best.tellRoom();
      }
      if (connection.isOver()) {
        return;
      }
    }
    if (told != null) {
      leader = told;
      told.takeProgress();
    }
  }

  private @Nullable H2Stream best() {
    H2Stream best = null;
    for (H2Stream stream : waiting) {
      if (stream.sendWindow() > 0 && (best == null || compare(stream, best) < 0)) {
        best = stream;
      }
    }
    return best;
  }

  private static boolean outranks(@Nullable H2Stream stream, H2Stream other) {
    return stream != null && !stream.isClosed() && compare(stream, other) < 0;
  }

  /** Negative if {@code a} is served before {@code b}; zero if they take turns. */
  private static int compare(H2Stream a, H2Stream b) {
    int urgency = Priority.urgency(a.priority()) - Priority.urgency(b.priority());
    if (urgency != 0) {
      return urgency;
    }
    boolean turnsA = Priority.isIncremental(a.priority());
    boolean turnsB = Priority.isIncremental(b.priority());
    if (turnsA && turnsB) {
      return 0;
    }
    return turnsA ? 1 : turnsB ? -1 : Integer.compare(a.id(), b.id());
  }

  /** The streams that have waited since {@code tick} or longer. */
  List<H2Stream> stalledSince(long tick) {
    List<H2Stream> stalled = new ArrayList<>();
    for (H2Stream stream : waiting) {
      if (stream.queuedTick() <= tick) {
        stalled.add(stream);
      }
    }
    return stalled;
  }
}
