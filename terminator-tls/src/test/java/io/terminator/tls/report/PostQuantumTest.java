package io.terminator.tls.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.core.observe.Diagnostics;
import io.terminator.core.worker.Worker;
import io.terminator.tls.clienthello.ClientHello;
import io.terminator.tls.report.PostQuantum.Outcome;
import io.terminator.tls.report.PostQuantum.Readiness;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PostQuantumTest {
  private static final long HOUR = 3_600_000;
  private static final long NOW = 490_000 * HOUR + 5;

  private final Diagnostics diagnostics = new Diagnostics();
  private final Worker worker = new Worker("test", diagnostics);
  private final PostQuantum counted = new PostQuantum();

  @AfterEach
  void stop() {
    worker.stop().awaitUninterruptibly();
    diagnostics.close();
  }

  @Test
  void theReasonIsTheFirstThatIsMissing() {
    assertThat(PostQuantum.outcome(hello(0x0304, 0x11ec), "X25519MLKEM768"))
        .isEqualTo(Outcome.USED);
    assertThat(PostQuantum.outcome(hello(0x0304, 0x11ec), "X25519")).isEqualTo(Outcome.POLICY);
    assertThat(PostQuantum.outcome(hello(0x0304, 0x001d), "X25519")).isEqualTo(Outcome.NOT_OFFERED);
    assertThat(PostQuantum.outcome(hello(0x0303, 0x001d), "P-256")).isEqualTo(Outcome.NO_TLS13);
  }

  @Test
  void handshakesOlderThanADayLeaveTheDayAndStayInTheTotal() {
    for (int hour = 0; hour < 60; hour++) {
      counted.count(worker, "site", hello(0x0304, 0x11ec), "X25519MLKEM768", NOW + hour * HOUR);
    }
    counted.count(worker, "site", hello(0x0303, 0x001d), "P-256", NOW + 59 * HOUR);
    Readiness at59 = readiness(59).get("site");
    assertThat(at59.day()).containsEntry(Outcome.USED, 24L).containsEntry(Outcome.NO_TLS13, 1L);
    assertThat(at59.total()).containsEntry(Outcome.USED, 60L);
    assertThat(at59.handshakes()).isEqualTo(25);
    assertThat(at59.offered()).isEqualTo(24);
    assertThat(readiness(70).get("site").day()).containsEntry(Outcome.USED, 13L);
    assertThat(readiness(90).get("site").handshakes()).isZero();
  }

  @Test
  void certificatesBeyondTheLimitShareALine() {
    for (int i = 0; i < PostQuantum.MOST + 50; i++) {
      counted.count(worker, "site" + i, hello(0x0304, 0x11ec), "X25519MLKEM768", NOW);
    }
    assertThat(readiness(0)).hasSize(PostQuantum.MOST + 1);
    assertThat(readiness(0).get(PostQuantum.OTHERS).handshakes()).isEqualTo(50);
  }

  private Map<String, Readiness> readiness(int hour) {
    return counted.readiness(NOW + hour * HOUR);
  }

  private static ClientHello hello(int version, int group) {
    return new ClientHello(
        0x0303,
        new int[0],
        new int[0],
        new int[] {version},
        new int[] {group},
        new int[0],
        new int[0],
        List.of(),
        null,
        false,
        false);
  }
}
