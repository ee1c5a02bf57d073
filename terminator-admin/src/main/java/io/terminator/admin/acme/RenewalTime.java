package io.terminator.admin.acme;

import java.time.Duration;
import java.time.Instant;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * When a certificate is renewed, and why then. Pure: the same arguments give the same time, so that
 * a restart or another replica does not move it.
 */
record RenewalTime(Instant at, String reason) {
  private static final Duration SHORT_LIVED = Duration.ofDays(10);

  /** Of the lifetime: enough to spread certificates that were issued together. */
  private static final int JITTER_PARTS = 50;

  /** The authority's proposal (RFC 9773 section 4.1). */
  record Window(Instant start, Instant end) {}

  /**
   * {@code seed} differs between certificates. Without a {@code window}, two thirds of the
   * lifetime, or half of it if that is under ten days.
   */
  static RenewalTime of(Instant notBefore, Instant notAfter, @Nullable Window window, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    if (window != null && window.end().isAfter(window.start())) {
      long length = Duration.between(window.start(), window.end()).toMillis();
      Instant at = window.start().plusMillis(random.nextLong(length));
      // A window behind the expiry would let the certificate expire.
      if (at.isBefore(notAfter)) {
        return new RenewalTime(
            at,
            "within the window that the authority proposes (ARI), "
                + window.start()
                + " to "
                + window.end());
      }
    }
    Duration life = Duration.between(notBefore, notAfter);
    boolean isShort = life.compareTo(SHORT_LIVED) < 0;
    Duration usual = isShort ? life.dividedBy(2) : life.multipliedBy(2).dividedBy(3);
    long jitter = random.nextLong(Math.max(1, life.toMillis() / JITTER_PARTS));
    return new RenewalTime(
        notBefore.plus(usual).minusMillis(jitter),
        isShort ? "half of its lifetime" : "two thirds of its lifetime");
  }
}
