package io.terminator.core.setting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HostPatternTest {
  private static final String LABEL = "a".repeat(63);

  @ParameterizedTest
  @CsvSource({
    "www.example, www.example, true",
    "www.example, a.www.example, false",
    "www.example, xww.example, false",
    "*.example, a.example, true",
    "*.example, a.b.example, false",
    "*.example, example, false",
    "*.example, .example, false",
    "*.example, aexample, false",
    "*.example, a.examples, false",
    "**.example, a.example, true",
    "**.example, a.b.example, true",
    "**.example, a.b.c.example, true",
    "**.example, example, false",
    "**.example, .example, false",
    "**.example, aexample, false",
    "**.example, a.bexample, false",
    "**.example, a.example.org, false",
    "**.b.example, a.b.example, true",
    "**.b.example, a.c.example, false"
  })
  void matchesNames(String pattern, String host, boolean matches) {
    assertThat(HostPattern.parse(pattern).matches(host)).isEqualTo(matches);
  }

  @ParameterizedTest
  @CsvSource({
    "a.example, a.example, true",
    "a.example, *.example, false",
    "*.example, a.example, true",
    "*.example, *.example, true",
    "*.example, a.b.example, false",
    "*.example, *.b.example, false",
    "*.example, **.example, false",
    "**.example, example, false",
    "**.example, a.b.example, true",
    "**.example, *.example, true",
    "**.example, *.b.example, true",
    "**.example, **.example, true",
    "**.example, **.b.example, true",
    "**.example, *.bexample, false",
    "**.b.example, **.example, false",
    "**.b.example, *.example, false"
  })
  void coversPatterns(String pattern, String other, boolean covers) {
    assertThat(HostPattern.parse(pattern).covers(HostPattern.parse(other))).isEqualTo(covers);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''|has an empty label",
        "*.|has an empty label",
        "**.|has an empty label",
        "a..example|has an empty label",
        "a.example.|has an empty label",
        "*|has nothing after its wildcard",
        "**|has nothing after its wildcard",
        "***.example|has more than the wildcard in its first label",
        "**a.b|has more than the wildcard in its first label",
        "*.*.example|has a wildcard that is not its first label",
        "**.*.example|has a wildcard that is not its first label",
        "a*.example|has more than the wildcard in its first label",
        "a*|has more than the wildcard in its first label",
        "a.*|has a wildcard that is not its first label",
        "www.**.example|has a wildcard that is not its first label",
        "-a.example|begins or ends with \"-\"",
        "a.b-|begins or ends with \"-\"",
        "a b|has characters that a host name cannot have",
        "bücher.example|has characters that a host name cannot have; clients send it as xn--bcher-kva.example",
        "*.bücher.example|clients send it as *.xn--bcher-kva.example",
        "straße.example|has characters that a host name cannot have"
      })
  void refusesWhatNoHostCanBe(String text, String fault) {
    assertThatThrownBy(() -> HostPattern.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("\"" + text + "\" ")
        .hasMessageContaining(fault)
        .hasMessageContaining("**.example.com for any number of labels");
  }

  @Test
  void refusesWhatIsTooLong() {
    String longest = String.join(".", LABEL, LABEL, LABEL, "b".repeat(61));
    assertThat(HostPattern.parse(longest).matches(longest)).isTrue();
    assertThatThrownBy(() -> HostPattern.parse(longest + "b")).hasMessageContaining("253");
    assertThatThrownBy(() -> HostPattern.parse("*." + longest)).hasMessageContaining("253");
    assertThatThrownBy(() -> HostPattern.parse(LABEL + "a.example")).hasMessageContaining("63");
  }

  @Test
  void isWrittenInLowerCaseAndEqualByText() {
    HostPattern pattern = HostPattern.parse("**.EXAMPLE");
    assertThat(pattern).hasToString("**.example").isEqualTo(HostPattern.parse("**.example"));
    assertThat(pattern).hasSameHashCodeAs(HostPattern.parse("**.example"));
    assertThat(pattern).isNotEqualTo(HostPattern.parse("*.example"));
    assertThat(HostPattern.parse("example").isExact()).isTrue();
    assertThat(pattern.isExact()).isFalse();
  }

  @Test
  void takesNoSuffixFormFromACertificate() {
    assertThat(HostPattern.ofCertificate("**.example")).isNull();
    assertThat(HostPattern.ofCertificate("a b")).isNull();
    assertThat(HostPattern.ofCertificate("*.Example")).isEqualTo(HostPattern.parse("*.example"));
    assertThat(HostPattern.ofCertificate("-a.example")).hasToString("-a.example");
  }

  @Test
  void namesTheWildcardForAHost() {
    assertThat(HostPattern.wildcardFor("a.b.example")).isEqualTo("*.b.example");
    assertThat(HostPattern.wildcardFor("localhost")).isNull();
  }
}
