package io.terminator.core.http.h2;

import org.jspecify.annotations.Nullable;

/**
 * How much work one peer may cause that moves no request forward, as allowances refilled with time.
 * Each is far above what clients of the field do, and far below what would cost other clients
 * something. Worker thread only.
 */
final class Floods {
  /** A browser that leaves a page cancels what it had requested. */
  private final Allowance resets;

  /** Streams that the peer made Terminator reset: as costly, and no client needs many. */
  private final Allowance provoked;

  private final Allowance settings;

  /** Senders of gRPC measure the path with PING while they send. */
  private final Allowance pings;

  private final Allowance empty;
  private final Allowance others;

  Floods(long tick) {
    resets = new Allowance(200, 20, tick);
    provoked = new Allowance(100, 20, tick);
    settings = new Allowance(50, 20, tick);
    pings = new Allowance(500, 100, tick);
    empty = new Allowance(200, 100, tick);
    others = new Allowance(2000, 1000, tick);
  }

  @Nullable Violation onReset(long tick) {
    return resets.spend(tick) ? null : Violation.RESET_FLOOD;
  }

  @Nullable Violation onProvoked(long tick) {
    return provoked.spend(tick) ? null : Violation.PROVOKED_RESET_FLOOD;
  }

  @Nullable Violation onSettings(long tick) {
    return settings.spend(tick) ? null : Violation.SETTINGS_FLOOD;
  }

  @Nullable Violation onPing(long tick) {
    return pings.spend(tick) ? null : Violation.PING_FLOOD;
  }

  /** DATA without a byte that does not end its stream. */
  @Nullable Violation onEmpty(long tick) {
    return empty.spend(tick) ? null : Violation.EMPTY_FRAME_FLOOD;
  }

  /** WINDOW_UPDATE, PRIORITY, PRIORITY_UPDATE and frames that are ignored. */
  @Nullable Violation onOther(long tick) {
    return others.spend(tick) ? null : Violation.FRAME_FLOOD;
  }

  /** DATA moved: the peer may answer each frame of it with updates of windows and a PING. */
  void onData() {
    others.earn(4);
    pings.earn(1);
  }
}
