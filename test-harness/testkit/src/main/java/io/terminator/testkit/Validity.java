package io.terminator.testkit;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** The validity of a certificate, truncated to whole seconds as in X.509. */
public record Validity(Instant notBefore, Instant notAfter) {

  // Clocks of peers differ; a certificate that begins this very second is refused by some of them.
  private static final Duration SKEW = Duration.ofHours(1);

  public Validity {
    notBefore = notBefore.truncatedTo(ChronoUnit.SECONDS);
    notAfter = notAfter.truncatedTo(ChronoUnit.SECONDS);
    if (!notBefore.isBefore(notAfter)) {
      throw new IllegalArgumentException(
          "validity: begins " + notBefore + ", ends " + notAfter + ". Expected an end after it");
    }
  }

  /** Valid now and for {@code length} more. */
  public static Validity of(Duration length) {
    Instant now = Instant.now();
    return new Validity(now.minus(SKEW), now.plus(length));
  }

  /** Ended a day ago. */
  public static Validity expired() {
    Instant now = Instant.now();
    return new Validity(now.minus(Duration.ofDays(30)), now.minus(Duration.ofDays(1)));
  }

  /** Begins in a day. */
  public static Validity notYet() {
    Instant now = Instant.now();
    return new Validity(now.plus(Duration.ofDays(1)), now.plus(Duration.ofDays(30)));
  }
}
