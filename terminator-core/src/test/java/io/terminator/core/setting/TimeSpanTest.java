package io.terminator.core.setting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TimeSpanTest {
  @ParameterizedTest
  @CsvSource({
    "0, PT0S, 0",
    "0s, PT0S, 0",
    "200ms, PT0.2S, 200ms",
    "1500ms, PT1.5S, 1500ms",
    "5s, PT5S, 5s",
    "60s, PT1M, 1m",
    "90m, PT1H30M, 90m",
    "48h, PT48H, 2d",
    "999999999999ms, PT999999999.999S, 999999999999ms"
  })
  void readsAndSpells(String text, Duration expected, String spelling) {
    assertThat(TimeSpan.parse(text)).isEqualTo(expected);
    assertThat(TimeSpan.spell(expected)).isEqualTo(spelling);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " 5s", "5 s", "5", "-5s", "5S", "1h30m", "5us", "1e3s", "٣s"})
  void refusesAndSaysWhatItExpects(String text) {
    assertThatThrownBy(() -> TimeSpan.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("such as 5s or 200ms");
  }
}
