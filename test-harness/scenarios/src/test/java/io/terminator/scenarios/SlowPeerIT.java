package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.core.connection.WorkerTotals;
import io.terminator.core.observe.WorkerCount;
import io.terminator.core.relay.RelayConfig;
import io.terminator.core.throttle.PauseReason;
import io.terminator.core.worker.Worker;
import io.terminator.testkit.Counted;
import io.terminator.testkit.Deterministic;
import io.terminator.testkit.RawTlsClient;
import io.terminator.testkit.ScriptedBackend;
import io.terminator.testkit.SourceBackend;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * A peer that does not read costs no memory beyond the high-water mark, and receives every byte
 * when it resumes.
 */
class SlowPeerIT {
  private static final long SEED = 11;
  private static final long GIBIBYTE = 1L << 30;
  private static final long MOST_WAITING =
      RelayConfig.DEFAULT.watermarks().high().bytes() + Worker.RECEIVE_SIZE + 8 * 1024;

  @Test
  void aClientThatPausesGetsTheWholeGibibyte() throws Exception {
    try (SourceBackend backend = SourceBackend.start(SEED, GIBIBYTE);
        RunningTerminator terminator = RunningTerminator.before(backend.address());
        RawTlsClient client = terminator.client().raw(terminator.address())) {
      client.handshake();
      awaitPaused(terminator);
      assertBounded(terminator, WorkerCount.OUTBOUND_OUT_HIGH_WATERMARK);
      Counted received = client.countToEnd();
      assertThat(received.bytes()).isEqualTo(GIBIBYTE);
      assertThat(received.sha256()).isEqualTo(Deterministic.sha256(SEED, GIBIBYTE));
      assertBounded(terminator, WorkerCount.OUTBOUND_OUT_HIGH_WATERMARK);
    }
  }

  @Test
  void aBackendThatPausesGetsTheWholeUpload() throws Exception {
    int size = 128 * 1024 * 1024;
    CountDownLatch wake = new CountDownLatch(1);
    CompletableFuture<Counted> upload = new CompletableFuture<>();
    try (ScriptedBackend backend =
            ScriptedBackend.start(
                peer -> {
                  assertThat(wake.await(60, TimeUnit.SECONDS)).isTrue();
                  upload.complete(peer.countToEnd());
                });
        RunningTerminator terminator = RunningTerminator.before(backend.address());
        RawTlsClient client = terminator.client().raw(terminator.address())) {
      client.handshake();
      CompletableFuture<Void> writing =
          CompletableFuture.runAsync(
              () -> {
                try {
                  Deterministic bytes = new Deterministic(SEED);
                  for (int sent = 0; sent < size; sent += 1 << 20) {
                    client.write(bytes.next(1 << 20));
                  }
                  client.finishOutput();
                } catch (java.io.IOException failure) {
                  throw new java.io.UncheckedIOException(failure);
                }
              });
      awaitPaused(terminator);
      assertBounded(terminator, WorkerCount.OUTBOUND_IN_HIGH_WATERMARK);
      wake.countDown();
      Counted received = upload.get(60, TimeUnit.SECONDS);
      assertThat(received.bytes()).isEqualTo(size);
      assertThat(received.sha256()).isEqualTo(Deterministic.sha256(SEED, size));
      writing.get(60, TimeUnit.SECONDS);
      assertBounded(terminator, WorkerCount.OUTBOUND_IN_HIGH_WATERMARK);
    }
  }

  private static void awaitPaused(RunningTerminator terminator) {
    await()
        .atMost(RunningTerminator.PATIENCE)
        .until(
            () -> {
              WorkerTotals totals = terminator.totals();
              return totals.pauses(PauseReason.PEER_FULL) > totals.resumes(PauseReason.PEER_FULL);
            });
  }

  private static void assertBounded(RunningTerminator terminator, WorkerCount highWatermark) {
    assertThat(terminator.totals().largest(highWatermark)).isBetween(1L, MOST_WAITING);
  }
}
