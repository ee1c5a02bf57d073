package io.terminator.admin.acme;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.admin.acme.OrderState.LastError;
import io.terminator.admin.acme.OrderState.Open;
import io.terminator.admin.acme.OrderState.Proposal;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RenewalTimeTest {
  private static final Instant BEGIN = Instant.parse("2026-11-01T00:00:00Z");

  private static Instant at(Duration life, RenewalTime.Window window, long seed) {
    return RenewalTime.of(BEGIN, BEGIN.plus(life), window, seed).at();
  }

  @Test
  void renewsAtTwoThirdsOfTheLifetimeOrHalfOfAShortOneSpreadOverAFiftieth() {
    for (long seed = 0; seed < 500; seed++) {
      assertThat(at(Duration.ofDays(90), null, seed))
          .isBetween(
              BEGIN.plus(Duration.ofDays(60)).minus(Duration.ofDays(90).dividedBy(50)),
              BEGIN.plus(Duration.ofDays(60)));
      assertThat(at(Duration.ofHours(160), null, seed))
          .isBetween(
              BEGIN.plus(Duration.ofHours(80)).minus(Duration.ofHours(160).dividedBy(50)),
              BEGIN.plus(Duration.ofHours(80)));
    }
  }

  @Test
  void theSameCertificateHasTheSameTimeAndOthersAreSpread() {
    Set<Instant> times = new HashSet<>();
    for (long seed = 0; seed < 100; seed++) {
      times.add(at(Duration.ofDays(90), null, seed));
    }
    assertThat(times).hasSizeGreaterThan(90);
    assertThat(at(Duration.ofDays(90), null, 7)).isEqualTo(at(Duration.ofDays(90), null, 7));
  }

  @Test
  void theProposedWindowDecidesUnlessItEndsInAnExpiredCertificate() {
    Instant start = BEGIN.plus(Duration.ofDays(10));
    Instant end = BEGIN.plus(Duration.ofDays(12));
    assertThat(at(Duration.ofDays(90), new RenewalTime.Window(start, end), 3))
        .isBetween(start, end);
    assertThat(at(Duration.ofDays(90), new RenewalTime.Window(end, start), 3))
        .as("a window that ends before it begins")
        .isAfter(BEGIN.plus(Duration.ofDays(50)));
    assertThat(
            at(
                Duration.ofDays(90),
                new RenewalTime.Window(
                    BEGIN.plus(Duration.ofDays(100)), BEGIN.plus(Duration.ofDays(110))),
                3))
        .as("a window behind the expiry")
        .isBefore(BEGIN.plus(Duration.ofDays(61)));
    assertThat(
            at(
                Duration.ofDays(90),
                new RenewalTime.Window(
                    BEGIN.minus(Duration.ofDays(2)), BEGIN.minus(Duration.ofDays(1))),
                3))
        .as("a window in the past means now, as for a revoked certificate")
        .isBefore(BEGIN);
  }

  @Test
  void fewerThanFiveTriesFallIntoAnHour() {
    for (long seed = 0; seed < 100; seed++) {
      Instant now = BEGIN;
      int withinHour = 0;
      for (int failures = 1; now.isBefore(BEGIN.plus(Duration.ofHours(1))); failures++) {
        withinHour++;
        now = Pacing.next(failures, now, null, seed);
      }
      assertThat(withinHour).isLessThan(5);
      assertThat(Duration.between(BEGIN, Pacing.next(1000, BEGIN, null, seed)))
          .isBetween(Duration.ofHours(6), Duration.ofHours(7));
    }
  }

  @Test
  void aLaterRetryAfterCountsUpToADay() {
    assertThat(Pacing.next(1, BEGIN, BEGIN.plusSeconds(7200), 1))
        .isEqualTo(BEGIN.plusSeconds(7200));
    assertThat(Pacing.next(1, BEGIN, BEGIN.plusSeconds(1), 1)).isAfter(BEGIN.plusSeconds(59));
    assertThat(Pacing.next(1, BEGIN, BEGIN.plus(Duration.ofDays(400)), 1))
        .isEqualTo(BEGIN.plus(Duration.ofDays(1)));
    assertThat(Pacing.sane(BEGIN.plus(Duration.ofDays(3650)), BEGIN))
        .as("stored before the clock was set back by ten years")
        .isEqualTo(BEGIN.plus(Duration.ofDays(1)));
  }

  @Test
  void aStoredStateIsReadAsItWasWritten() throws Exception {
    OrderState state =
        new OrderState(
            new Open("https://a.example/dir", "https://a.example/order/1", "sealed:x", BEGIN),
            List.of(BEGIN, BEGIN.plusSeconds(1)),
            3,
            BEGIN.plusSeconds(60),
            new LastError(BEGIN, "https://a.example/dir", "caa", "CAA \"forbids\"", "allow it"),
            new Proposal("ab", BEGIN, BEGIN.plusSeconds(5), null, BEGIN.plusSeconds(9)),
            "https://b.example/dir");
    assertThat(OrderState.of(state.json())).isEqualTo(state);
    assertThat(OrderState.of(OrderState.NONE.json())).isEqualTo(OrderState.NONE);
    assertThat(state.recent(BEGIN.plusSeconds(3601))).containsExactly(BEGIN.plusSeconds(1));
  }
}
