package io.terminator.load.bench;

import io.terminator.load.subject.Target;
import java.time.Duration;

/** The amount of work: counts are multiplied by {@code scale}. */
record Plan(int rounds, double scale, Duration warmUp, Duration storm, boolean quick) {

  // Caches and buffers of a native program settle within it.
  private static final Duration NATIVE_WARM_UP = Duration.ofMillis(500);

  /** The warm-up time of {@code target}. */
  Duration warmUp(Target target) {
    return target.isWarmedByWork() || warmUp.compareTo(NATIVE_WARM_UP) < 0
        ? warmUp
        : NATIVE_WARM_UP;
  }

  /** A count of the full run multiplied by the scale, at least {@code least}. */
  long count(long full, long least) {
    return Math.max(least, Math.round(full * scale));
  }
}
