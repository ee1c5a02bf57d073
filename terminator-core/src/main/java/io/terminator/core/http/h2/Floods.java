package io.terminator.core.http.h2;

import io.terminator.core.worker.DeadlineWheel;
import org.jspecify.annotations.Nullable;

/**
 * How much work one peer may cause that moves no request forward, as allowances refilled with time.
 * Each is far above what clients of the field do, and far below what would cost other clients
 * something. Worker thread only.
 */
final class Floods {
  /** Bursts, and what is added to them in each second. */
  private enum Event {
    /** A browser that leaves a page cancels what it had requested. */
    RESET(200, 20),
    /** Streams that the peer made Terminator reset: as costly, and no client needs many. */
    PROVOKED(100, 20),
    SETTINGS(50, 20),
    /** Senders of gRPC measure the path with PING while they send. */
    PING(500, 100),
    EMPTY(200, 100),
    OTHER(2000, 1000);

    private static final Event[] ALL = values();

    private final int burst;
    private final int perTick;

    Event(int burst, int perSecond) {
      this.burst = burst;
      this.perTick = perSecond * DeadlineWheel.TICK_MILLIS / 1000;
    }
  }

  /** How many of each event the peer may still cause. One array: an idle connection keeps it. */
  private final int[] left = new int[Event.ALL.length];

  private long tick;

  Floods(long tick) {
    this.tick = tick;
    for (Event event : Event.ALL) {
      left[event.ordinal()] = event.burst;
    }
  }

  private @Nullable Violation spend(Event event, long nowTick, Violation flood) {
    if (nowTick > tick) {
      for (Event any : Event.ALL) {
        long refilled = left[any.ordinal()] + (nowTick - tick) * any.perTick;
        left[any.ordinal()] = (int) Math.min(any.burst, refilled);
      }
      tick = nowTick;
    }
    if (left[event.ordinal()] == 0) {
      return flood;
    }
    left[event.ordinal()]--;
    return null;
  }

  /** Work that moves a request forward. */
  private void earn(Event event, int events) {
    left[event.ordinal()] = Math.min(event.burst, left[event.ordinal()] + events);
  }

  @Nullable Violation onReset(long nowTick) {
    return spend(Event.RESET, nowTick, Violation.RESET_FLOOD);
  }

  @Nullable Violation onProvoked(long nowTick) {
    return spend(Event.PROVOKED, nowTick, Violation.PROVOKED_RESET_FLOOD);
  }

  @Nullable Violation onSettings(long nowTick) {
    return spend(Event.SETTINGS, nowTick, Violation.SETTINGS_FLOOD);
  }

  @Nullable Violation onPing(long nowTick) {
    return spend(Event.PING, nowTick, Violation.PING_FLOOD);
  }

  /** DATA without a byte that does not end its stream. */
  @Nullable Violation onEmpty(long nowTick) {
    return spend(Event.EMPTY, nowTick, Violation.EMPTY_FRAME_FLOOD);
  }

  /** WINDOW_UPDATE, PRIORITY, PRIORITY_UPDATE and frames that are ignored. */
  @Nullable Violation onOther(long nowTick) {
    return spend(Event.OTHER, nowTick, Violation.FRAME_FLOOD);
  }

  /** DATA moved: the peer may answer each frame of it with updates of windows and a PING. */
  void onData() {
    earn(Event.OTHER, 4);
    earn(Event.PING, 1);
  }
}
