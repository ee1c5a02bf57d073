package io.terminator.admin.recording;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StallTableTest {
  private final StallTable stalls = new StallTable();

  @Test
  void aStallLastsFromItsFirstBeginToItsEnd() {
    stalls.begin(1, true, "peer_full", 100);
    stalls.begin(1, true, "rate_limit", 150);

    assertThat(stalls.end(1, false, 300)).isEqualTo(StallTable.NONE);
    assertThat(stalls.end(1, true, 300)).isEqualTo(200);
    assertThat(stalls.reason(1, true)).isEqualTo("peer_full");
    assertThat(stalls.end(1, true, 400)).isEqualTo(StallTable.NONE);
  }

  @Test
  void stallsThatAreReplacedAreNotCountedAsOpen() {
    // Far more than there are cells.
    for (long connection = 1; connection <= 100_000; connection++) {
      stalls.begin(connection, false, "peer_full", connection);
    }
    List<Long> open = new ArrayList<>();
    stalls.forEach((connection, fromClient, reason, since) -> open.add(connection));
    assertThat(open).hasSizeGreaterThan(4000).contains(100_000L);
    for (long connection : open) {
      assertThat(stalls.end(connection, false, connection + 7)).isEqualTo(7);
    }

    stalls.forEach(
        (connection, fromClient, reason, since) -> {
          throw new AssertionError(connection + " is still stalled");
        });
    assertThat(stalls.end(1, false, 8)).isEqualTo(StallTable.NONE);
    stalls.begin(1, false, "peer_full", 10);
    assertThat(stalls.end(1, false, 12)).isEqualTo(2);
  }
}
