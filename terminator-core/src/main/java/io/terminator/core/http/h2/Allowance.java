package io.terminator.core.http.h2;

import io.terminator.core.worker.DeadlineWheel;

/**
 * How many events of one kind a peer may cause: a burst, refilled with time. Work that moves a
 * request forward may {@link #earn} more. Worker thread only.
 */
final class Allowance {
  private final int burst;
  private final int perTick;
  private long left;
  private long tick;

  /** {@code perSecond} is rounded down to whole events per tick, at least one in a tick. */
  Allowance(int burst, int perSecond, long nowTick) {
    this.burst = burst;
    this.perTick = Math.max(1, perSecond * DeadlineWheel.TICK_MILLIS / 1000);
    left = burst;
    tick = nowTick;
  }

  /** False when the allowance is used up. */
  boolean spend(long nowTick) {
    if (nowTick > tick) {
      left = Math.min(burst, left + (nowTick - tick) * perTick);
      tick = nowTick;
    }
    if (left == 0) {
      return false;
    }
    left--;
    return true;
  }

  void earn(int events) {
    left = Math.min(burst, left + events);
  }
}
