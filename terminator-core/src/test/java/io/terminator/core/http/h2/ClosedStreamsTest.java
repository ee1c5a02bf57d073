package io.terminator.core.http.h2;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ClosedStreamsTest {
  private static final int KNOWN = 64;

  private final ClosedStreams closed = new ClosedStreams();

  @Test
  void theLatestAreKnownWithTheirEnd() {
    for (int last = 1; last <= 4 * KNOWN; last++) {
      closed.add(last, last % 3 == 0);
      for (int id = 1; id <= last; id++) {
        boolean known = id > last - KNOWN;
        assertThat(closed.wasReset(id)).as("%d of %d", id, last).isEqualTo(known && id % 3 == 0);
        assertThat(closed.wasEnded(id)).as("%d of %d", id, last).isEqualTo(known && id % 3 != 0);
      }
    }
  }

  @Test
  void noneIsKnownAtFirst() {
    assertThat(closed.wasReset(1)).isFalse();
    assertThat(closed.wasEnded(1)).isFalse();
  }
}
