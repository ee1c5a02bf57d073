package io.terminator.core.http.h2;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.core.worker.DeadlineWheel;
import org.junit.jupiter.api.Test;

class AllowanceTest {
  private static final int PER_SECOND = 20;
  private static final long SECOND = 1000 / DeadlineWheel.TICK_MILLIS;

  @Test
  void aSteadyRateBelowTheAllowanceIsNeverAFlood() {
    Allowance allowance = new Allowance(50, PER_SECOND, 0);
    for (long tick = 0; tick < 600 * SECOND; tick++) {
      assertThat(allowance.spend(tick)).as("tick %d", tick).isTrue();
    }
  }

  @Test
  void aBurstIsSpentOnceAndRefilledWithTime() {
    Allowance allowance = new Allowance(50, PER_SECOND, 0);
    for (int i = 0; i < 50; i++) {
      assertThat(allowance.spend(0)).isTrue();
    }
    assertThat(allowance.spend(0)).isFalse();
    for (int i = 0; i < PER_SECOND; i++) {
      assertThat(allowance.spend(SECOND)).isTrue();
    }
    assertThat(allowance.spend(SECOND)).isFalse();
  }

  @Test
  void noMoreThanTheBurstIsSaved() {
    Allowance allowance = new Allowance(5, PER_SECOND, 0);
    allowance.earn(100);
    for (int i = 0; i < 5; i++) {
      assertThat(allowance.spend(3600 * SECOND)).isTrue();
    }
    assertThat(allowance.spend(3600 * SECOND)).isFalse();
  }
}
