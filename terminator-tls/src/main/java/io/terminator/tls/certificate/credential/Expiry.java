package io.terminator.tls.certificate.credential;

import java.time.Duration;
import java.time.Instant;

/**
 * How close a certificate is to its end, by the share of its lifetime that is left: with days alone
 * a certificate of six days would always be about to expire. The alert rules have the same limits.
 */
public enum Expiry {
  LATER,
  /** Less than a third of the lifetime is left, and less than 14 days. */
  EXPIRING,
  /** Less than a sixth of the lifetime is left, and less than 3 days. */
  EXPIRING_SOON,
  EXPIRED;

  static Expiry of(Instant notBefore, Instant notAfter, Instant now) {
    if (now.isAfter(notAfter)) {
      return EXPIRED;
    }
    Duration lifetime = Duration.between(notBefore, notAfter);
    Duration left = Duration.between(now, notAfter);
    if (left.compareTo(shorter(Duration.ofDays(3), lifetime.dividedBy(6))) < 0) {
      return EXPIRING_SOON;
    }
    return left.compareTo(shorter(Duration.ofDays(14), lifetime.dividedBy(3))) < 0
        ? EXPIRING
        : LATER;
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }
}
