package io.terminator.core.http.h2;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OutputProgressTest {
  private static final int LIMIT = 300;

  private final OutputProgress watch = new OutputProgress();

  @Test
  void theTimeBeginsWhenBytesAreFirstSeenToWait() {
    assertThat(watch.isStalled(1_000_000, 10, LIMIT)).isFalse();
    assertThat(watch.isStalled(1_000_299, 10, LIMIT)).isFalse();
    assertThat(watch.isStalled(1_000_300, 10, LIMIT)).isTrue();
  }

  @Test
  void itBeginsAgainWhenNothingWaited() {
    watch.isStalled(1_000, 10, LIMIT);
    assertThat(watch.isStalled(1_299, 0, LIMIT)).isFalse();
    assertThat(watch.isStalled(9_000, 10, LIMIT)).isFalse();
    assertThat(watch.isStalled(9_300, 10, LIMIT)).isTrue();
  }

  @Test
  void itBeginsAgainWhenBytesLeave() {
    watch.isStalled(1_000, 10, LIMIT);
    assertThat(watch.isStalled(1_300, 9, LIMIT)).isFalse();
    watch.onProgress(1_500);
    assertThat(watch.isStalled(1_799, 20, LIMIT)).isFalse();
    assertThat(watch.isStalled(1_800, 20, LIMIT)).isTrue();
  }
}
