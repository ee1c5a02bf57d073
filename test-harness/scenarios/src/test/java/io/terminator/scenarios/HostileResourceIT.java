package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.core.phase.CloseReason;
import io.terminator.core.worker.Worker;
import io.terminator.testkit.RawTlsClient;
import io.terminator.testkit.SourceBackend;
import io.terminator.testkit.TcpClient;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * A resource is exhausted by a peer or by the machine: the effect is bounded, and other clients are
 * served.
 */
class HostileResourceIT {

  @Test
  void clientsThatDoNotReadCannotKeepEveryFrame() throws Exception {
    // More than the kernel keeps for one socket (4 MiB): less would go out whole and hold no frame.
    long length = 16L << 20;
    try (SourceBackend backend = SourceBackend.start(5, length);
        RunningTerminator terminator =
            RunningTerminator.before(
                backend.address(), "", "workers: 1\nmemory: { frames: 4MiB }\n")) {
      Worker worker = terminator.terminator().workers().workers().get(0);
      List<RawTlsClient> stuck = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        stuck.add(
            terminator.client().raw(TcpClient.connect(terminator.address(), 4096)).handshake());
      }
      // If handshakes were slow, the first ones have been closed by now and no client waits any
      // more.
      await()
          .atMost(RunningTerminator.PATIENCE)
          .until(
              () -> worker.frames().waiters() > 0 || terminator.closes(CloseReason.OVERLOAD) > 0);
      // Clients that read are served nevertheless, in far less than the idle deadline of ten
      // minutes.
      for (int i = 0; i < 3; i++) {
        try (RawTlsClient honest =
            terminator.client().fresh().raw(terminator.address()).handshake()) {
          assertThat(honest.countToEnd().sha256()).isEqualTo(backend.sha256());
        }
      }
      assertThat(terminator.closes(CloseReason.OVERLOAD)).isPositive();
      assertThat(worker.frames().highWatermark()).isLessThanOrEqualTo(worker.frames().budget());
      for (RawTlsClient client : stuck) {
        client.reset();
      }
      terminator.awaitNoConnection();
      assertThat(worker.frames().used()).isZero();
    }
  }
}
