package io.terminator.core.http.h2;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.core.worker.DeadlineWheel;
import org.junit.jupiter.api.Test;

class FloodsTest {
  private static final int SETTINGS = 50;
  private static final int SETTINGS_PER_SECOND = 20;
  private static final int PINGS = 500;
  private static final int RESETS = 200;
  private static final long SECOND = 1000 / DeadlineWheel.TICK_MILLIS;

  private final Floods floods = new Floods(0);

  @Test
  void aSteadyRateBelowTheAllowanceIsNeverAFlood() {
    for (long tick = 0; tick < 600 * SECOND; tick++) {
      assertThat(floods.onSettings(tick)).as("tick %d", tick).isNull();
    }
  }

  @Test
  void aBurstIsSpentOnceAndRefilledWithTime() {
    for (int i = 0; i < SETTINGS; i++) {
      assertThat(floods.onSettings(0)).isNull();
    }
    assertThat(floods.onSettings(0)).isEqualTo(Violation.SETTINGS_FLOOD);
    for (int i = 0; i < SETTINGS_PER_SECOND; i++) {
      assertThat(floods.onSettings(SECOND)).isNull();
    }
    assertThat(floods.onSettings(SECOND)).isEqualTo(Violation.SETTINGS_FLOOD);
  }

  @Test
  void noMoreThanTheBurstIsSaved() {
    for (int i = 0; i < 10_000; i++) {
      floods.onData();
    }
    for (int i = 0; i < PINGS; i++) {
      assertThat(floods.onPing(3600 * SECOND)).isNull();
    }
    assertThat(floods.onPing(3600 * SECOND)).isEqualTo(Violation.PING_FLOOD);
  }

  @Test
  void oneKindOfEventDoesNotSpendWhatAnotherHas() {
    for (int i = 0; i < RESETS; i++) {
      assertThat(floods.onReset(0)).isNull();
    }
    assertThat(floods.onReset(0)).isEqualTo(Violation.RESET_FLOOD);
    assertThat(floods.onProvoked(0)).isNull();
    assertThat(floods.onEmpty(0)).isNull();
    assertThat(floods.onOther(0)).isNull();
  }
}
