package io.terminator.tls.certificate.credential;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExpiryTest {
  private static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");

  @ParameterizedTest
  @CsvSource({
    // A year: the limits are 14 and 3 days.
    "P365D, P14D, LATER",
    "P365D, PT335H, EXPIRING",
    "P365D, P3D, EXPIRING",
    "P365D, PT71H, EXPIRING_SOON",
    "P365D, PT0S, EXPIRING_SOON",
    "P365D, PT-1S, EXPIRED",
    // Six days: two days and one.
    "P6D, P6D, LATER",
    "P6D, P2D, LATER",
    "P6D, PT47H, EXPIRING",
    "P6D, P1D, EXPIRING",
    "P6D, PT23H, EXPIRING_SOON",
    "P6D, PT-1H, EXPIRED",
    // A month: ten days, and three.
    "P30D, P10D, LATER",
    "P30D, PT239H, EXPIRING",
    "P30D, PT71H, EXPIRING_SOON",
    // Not valid yet.
    "P6D, P7D, LATER",
  })
  void isAShareOfTheLifetime(Duration lifetime, Duration left, Expiry expected) {
    Instant end = BEGIN.plus(lifetime);
    assertThat(Expiry.of(BEGIN, end, end.minus(left))).isEqualTo(expected);
  }
}
