package io.terminator.core.setting;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuantityTest {
  @ParameterizedTest
  @CsvSource({
    "0, certificate, 0 certificates",
    "1, certificate, 1 certificate",
    "2, further change, 2 further changes",
    "1, entry, 1 entry",
    "3, entry, 3 entries",
    "2, key, 2 keys",
    "2, address, 2 addresses",
    "2, match, 2 matches",
  })
  void theNounFollowsTheNumber(long count, String noun, String expected) {
    assertThat(Quantity.of(count, noun)).isEqualTo(expected);
  }
}
