package io.terminator.admin.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class IgnoredSignalsTest {
  @Test
  void onlySignalsWithAMeaningAreNamed() {
    assertThat(IgnoredSignals.names("0000000000000000")).isEmpty();
    assertThat(IgnoredSignals.names("0000000000000001")).containsExactly("SIGHUP");
    assertThat(IgnoredSignals.names("0000000000004001")).containsExactly("SIGHUP", "SIGTERM");
    // SIGPIPE, which every Java process ignores, and the 64 of real-time signals.
    assertThat(IgnoredSignals.names("8000000000001000")).isEmpty();
  }
}
