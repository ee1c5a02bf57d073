package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.core.frame.FramePool;
import io.terminator.core.observe.WorkerCount;
import io.terminator.core.phase.CloseReason;
import io.terminator.core.relay.RelayConfig;
import io.terminator.core.worker.Worker;
import io.terminator.testkit.ClientCrowd;
import io.terminator.testkit.Deterministic;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.RawTlsClient;
import io.terminator.testkit.SourceBackend;
import io.terminator.testkit.TcpClient;
import io.terminator.testkit.TlsConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Stalled clients: older and newer clients are served meanwhile, and the deadline closes the
 * stalled ones.
 */
class AttackIT {
  private static final String HASTY = "    deadlines: { client-hello: 3s, handshake: 4s }\n";

  @Test
  void thousandsThatSayNothingOrPartOfAHello() throws Exception {
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator = RunningTerminator.before(backend.address(), HASTY);
        TlsConnection older = terminator.client().connect(terminator.address())) {
      byte[] hello = terminator.client().raw(terminator.address()).clientHello();
      byte[] part = java.util.Arrays.copyOf(hello, hello.length / 2);
      try (ClientCrowd silent = ClientCrowd.open(terminator.address(), 2_000, new byte[0]);
          ClientCrowd three =
              ClientCrowd.open(terminator.address(), 5_000, java.util.Arrays.copyOf(hello, 3));
          ClientCrowd slow = ClientCrowd.open(terminator.address(), 200, part)) {
        silent.awaitSettled(RunningTerminator.PATIENCE);
        three.awaitSettled(RunningTerminator.PATIENCE);
        slow.awaitSettled(RunningTerminator.PATIENCE);
        echo(older);
        try (TlsConnection newer = terminator.client().fresh().connect(terminator.address())) {
          echo(newer);
        }
        // A hello that is not whole waits on the heap, not in frames: those are for clients that
        // came through.
        assertThat(terminator.terminator().workers().workers().get(0).frames().used()).isZero();
        silent.awaitClosed(2_000, RunningTerminator.PATIENCE);
        three.awaitClosed(5_000, RunningTerminator.PATIENCE);
        slow.awaitClosed(200, RunningTerminator.PATIENCE);
        echo(older);
      }
      assertThat(terminator.closes(CloseReason.CLIENT_HELLO_TIMEOUT)).isGreaterThanOrEqualTo(7_200);
      assertThat(backend.accepted()).isEqualTo(2);
    }
  }

  /** Most send only the header of a record; the others send half a record. */
  @Test
  void tenThousandPartialRecordsCostLittleAndLeaveNothing() throws Exception {
    int headers = 8_000;
    int halves = 2_000;
    try (EchoBackend backend = EchoBackend.start();
        ApplianceProcess appliance =
            ApplianceProcess.before(
                backend.address(),
                List.of(),
                "limits: { connections: 11000 }\n",
                ", deadlines: { client-hello: 10s }");
        TlsConnection older = appliance.client().connect(appliance.address())) {
      echo(older);
      byte[] hello;
      try (RawTlsClient client = appliance.client().raw(appliance.address())) {
        hello = client.clientHello();
      }
      long memory = appliance.process().residentBytes();
      long descriptors = appliance.process().descriptors();
      Duration cpu = appliance.process().cpuTime();
      try (ClientCrowd header =
              ClientCrowd.open(appliance.address(), headers, Arrays.copyOf(hello, 5));
          ClientCrowd half =
              ClientCrowd.open(
                  appliance.address(), halves, Arrays.copyOf(hello, hello.length / 2))) {
        header.awaitSettled(RunningTerminator.PATIENCE);
        half.awaitSettled(RunningTerminator.PATIENCE);
        long asked = System.nanoTime();
        echo(older);
        try (TlsConnection newer = appliance.client().fresh().connect(appliance.address())) {
          echo(newer);
        }
        assertThat(Duration.ofNanos(System.nanoTime() - asked)).isLessThan(Duration.ofSeconds(5));
        assertThat(appliance.metric("terminator_frames_used")).isLessThanOrEqualTo(0);
        header.awaitClosed(headers, RunningTerminator.PATIENCE);
        half.awaitClosed(halves, RunningTerminator.PATIENCE);
        echo(older);
      }
      // 100 MiB for all of them, heap that the collector has not looked at included.
      assertThat(appliance.process().residentBytes() - memory).isLessThan(100L << 20);
      assertThat(appliance.process().cpuTime().minus(cpu)).isLessThan(Duration.ofSeconds(15));
      await()
          .atMost(RunningTerminator.PATIENCE)
          .until(() -> appliance.process().descriptors() <= descriptors + 3);
      assertThat(appliance.metric("terminator_close_total{reason=\"client_hello_timeout\",}"))
          .isEqualTo(headers + halves);
      assertThat(backend.accepted()).isEqualTo(2);
    }
  }

  @Test
  void largeHellosDoNotFillTheHeap() throws Exception {
    String[] many = new String[7_900];
    Arrays.fill(many, "x");
    String[] long32 = new String[32];
    for (int i = 0; i < long32.length; i++) {
      long32[i] = Integer.toString(100 + i).repeat(85);
    }
    // A heap of 128 MiB: what all of these names would take as text is four times that.
    try (EchoBackend backend = EchoBackend.start();
        ApplianceProcess appliance = ApplianceProcess.before(backend.address(), List.of(), "")) {
      byte[] tooMany = appliance.client().alpn(many).raw(appliance.address()).clientHello();
      byte[] most = appliance.client().alpn(long32).raw(appliance.address()).clientHello();
      assertThat(tooMany.length).isGreaterThan(15_000);
      assertThat(most.length).isGreaterThan(8_000);
      try (ClientCrowd refused = ClientCrowd.open(appliance.address(), 1_200, tooMany);
          ClientCrowd kept = ClientCrowd.open(appliance.address(), 1_200, most)) {
        kept.await(
            "all were answered",
            report -> report.bytesReceived() > 1_200 * 500L,
            RunningTerminator.PATIENCE);
        refused.awaitClosed(1_200, RunningTerminator.PATIENCE);
        try (TlsConnection client = appliance.client().connect(appliance.address())) {
          echo(client);
        }
      }
      assertThat(appliance.process().isRunning()).isTrue();
    }
  }

  @Test
  void manyThatStopAfterThreeBytesOfARecord() throws Exception {
    int attackers = 400;
    List<RawTlsClient> stuck = new ArrayList<>();
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator =
            RunningTerminator.before(backend.address(), "    deadlines: { idle: 6s }\n");
        TlsConnection older = terminator.client().connect(terminator.address())) {
      Worker worker = terminator.terminator().workers().workers().get(0);
      for (int i = 0; i < attackers; i++) {
        RawTlsClient client = terminator.client().raw(terminator.address());
        client.handshake();
        client.writePartially(Deterministic.bytes(i, 1000), 3);
        stuck.add(client);
        if (i % 20 == 0) {
          echo(older);
        }
      }
      assertThat(worker.frames().used()).isZero();
      echo(older);
      try (TlsConnection newer = terminator.client().fresh().connect(terminator.address())) {
        echo(newer);
      }
      terminator.awaitCloses(CloseReason.IDLE, attackers + 1);
      for (RawTlsClient client : stuck) {
        client.close();
      }
    }
  }

  @Test
  void aBurstAnIdleTimeAndAnotherBurstFindTheSameFrames() throws Exception {
    try (SourceBackend backend = SourceBackend.start(5, 1L << 30);
        RunningTerminator terminator = RunningTerminator.before(backend.address())) {
      Worker worker = terminator.terminator().workers().workers().get(0);
      long full = RelayConfig.DEFAULT.watermarks().high().bytes();
      for (int burst = 0; burst < 2; burst++) {
        List<RawTlsClient> blocked = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
          // Never reads: the bytes wait until everything on their way is full.
          blocked.add(
              terminator.client().raw(TcpClient.connect(terminator.address(), 4096)).handshake());
        }
        await()
            .atMost(RunningTerminator.PATIENCE)
            .until(() -> terminator.totals().count(WorkerCount.OUTBOUND_OUT) >= 20 * full);
        assertThat(worker.frames().used())
            .isGreaterThanOrEqualTo((int) (20 * full / FramePool.FRAME_SIZE));
        for (RawTlsClient client : blocked) {
          client.reset();
        }
        terminator.awaitNoConnection();
        assertThat(worker.frames().used()).isZero();
      }
      assertThat(worker.frames().highWatermark()).isLessThanOrEqualTo(worker.frames().budget());
    }
  }

  private static void echo(TlsConnection connection) throws Exception {
    byte[] data = Deterministic.bytes(9, 1_000);
    connection.write(data);
    assertThat(connection.readExactly(data.length)).isEqualTo(data);
  }
}
