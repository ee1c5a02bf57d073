package io.terminator.admin.acme;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * The pause after a failed order. Fewer than five tries an hour per certificate, which is the limit
 * of failed validations at the common authorities. Pure.
 */
final class Pacing {
  private static final List<Duration> PAUSES =
      List.of(
          Duration.ofMinutes(1),
          Duration.ofMinutes(10),
          Duration.ofMinutes(20),
          Duration.ofMinutes(40),
          Duration.ofMinutes(80),
          Duration.ofMinutes(160),
          Duration.ofHours(6));

  /** A time further away is a mistake of a clock, ours or the authority's. */
  private static final Duration LONGEST = Duration.ofDays(1);

  private static final int JITTER_PARTS = 10;

  private Pacing() {}

  /**
   * The time of the next try after {@code failures} in succession, at least one. {@code retryAfter}
   * is the authority's wish, which counts if it is later.
   */
  static Instant next(int failures, Instant now, @Nullable Instant retryAfter, long seed) {
    Duration pause = PAUSES.get(Math.min(failures, PAUSES.size()) - 1);
    long jitter = new SplittableRandom(seed).nextLong(pause.toMillis() / JITTER_PARTS);
    Instant next = now.plus(pause).plusMillis(jitter);
    if (retryAfter != null && retryAfter.isAfter(next)) {
      next = retryAfter;
    }
    return sane(next, now);
  }

  /** {@code next}, unless it is implausibly far away, as after a change of the clock. */
  static Instant sane(Instant next, Instant now) {
    Instant latest = now.plus(LONGEST);
    return next.isAfter(latest) ? latest : next;
  }
}
