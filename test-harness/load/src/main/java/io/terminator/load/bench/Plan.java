package io.terminator.load.bench;

import java.time.Duration;

/** How much is done: counts are multiplied by {@code scale}. */
record Plan(int rounds, double scale, Duration warmUp, Duration storm, boolean quick) {

  /** A count of the full run at this scale, never less than {@code least}. */
  long count(long full, long least) {
    return Math.max(least, Math.round(full * scale));
  }
}
