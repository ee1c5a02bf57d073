package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.core.observe.ByteCount;
import io.terminator.core.observe.WorkerCount;
import io.terminator.core.phase.CloseReason;
import io.terminator.core.worker.Worker;
import io.terminator.testkit.Deterministic;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.Ending;
import io.terminator.testkit.RawTlsClient;
import io.terminator.testkit.RecordForge;
import io.terminator.testkit.ScriptedBackend;
import io.terminator.testkit.TcpClient;
import io.terminator.testkit.TlsConnection;
import io.terminator.testkit.TlsVersion;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Peers on either side violate the protocol after the handshake: only their own connection ends, at
 * bounded cost.
 */
class HostileRecordIT {

  @Test
  void aFloodOfKeyUpdatesIsCut() throws Exception {
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator = RunningTerminator.before(backend.address());
        TlsConnection neighbour = terminator.client().connect(terminator.address());
        RawTlsClient client =
            terminator.client().only(TlsVersion.TLS_1_3).raw(terminator.address()).handshake()) {
      try {
        for (int i = 0; i < 200; i++) {
          client.sendRaw(client.rekey());
        }
        assertThat(client.readToEnd().ending()).isIn(Ending.ALERT, Ending.FIN, Ending.RESET);
      } catch (IOException alreadyCut) {
        // BoringSSL allows 32 in a row.
      }
      terminator.awaitCloses(CloseReason.CLIENT_PROTOCOL, 1);
      echo(neighbour);
    }
  }

  @ParameterizedTest
  @EnumSource(TlsVersion.class)
  void aFloodOfRecordsWithoutContentIsCut(TlsVersion version) throws Exception {
    assertFloodIsCut(version, RecordForge.APPLICATION_DATA, new byte[0]);
  }

  @ParameterizedTest
  @EnumSource(TlsVersion.class)
  void aFloodOfWarningsIsCut(TlsVersion version) throws Exception {
    assertFloodIsCut(version, RecordForge.ALERT, new byte[] {1, 90});
  }

  private static void assertFloodIsCut(TlsVersion version, int type, byte[] content)
      throws Exception {
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator =
            RunningTerminator.before(backend.address(), "", "workers: 1\n" + KeyLog.SETTING);
        TlsConnection neighbour = terminator.client().connect(terminator.address());
        RawTlsClient client =
            terminator
                .client()
                .only(version)
                .ciphers(RecordForge.SUITES)
                .raw(terminator.address())) {
      RecordForge forge = KeyLog.forge(terminator.directory(), client.handshake());
      try {
        for (int i = 0; i < 200; i++) {
          client.sendRaw(forge.record(type, content));
        }
      } catch (IOException alreadyCut) {
        // BoringSSL allows 32 of the one in a row, 4 of the other.
      }
      client.readRawToEnd();
      terminator.awaitCloses(CloseReason.CLIENT_PROTOCOL, 1);
      echo(neighbour);
    }
  }

  @ParameterizedTest
  @EnumSource(TlsVersion.class)
  void plaintextAfterTheHandshakeEndsTheConnectionAndReachesNobody(TlsVersion version)
      throws Exception {
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator = RunningTerminator.before(backend.address())) {
      byte[][] records = {
        {21, 3, 3, 0, 2, 1, 0}, {22, 3, 3, 0, 4, 0, 0, 0, 0}, {23, 3, 3, 0, 3, 'a', 'b', 'c'},
        {23, 3, 3, (byte) 0xFF, (byte) 0xFF}, {99, 3, 3, 0, 1, 0}, {20, 3, 3, 0, 2, 1, 1},
        // Less than any protection needs.
        {23, 3, 3, 0, 0}
      };
      for (byte[] record : records) {
        try (RawTlsClient client =
            terminator.client().fresh().only(version).raw(terminator.address()).handshake()) {
          client.sendRaw(record);
          client.readRawToEnd();
        }
      }
      terminator.awaitCloses(CloseReason.CLIENT_PROTOCOL, records.length);
      assertThat(terminator.totals().bytes(ByteCount.BYTES_IN)).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource(TlsVersion.class)
  void aResetIsSurvivedInTheMiddleOfAnything(TlsVersion version) throws Exception {
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator = RunningTerminator.before(backend.address());
        TlsConnection neighbour = terminator.client().connect(terminator.address())) {
      for (int i = 0; i < 12; i++) {
        RawTlsClient client =
            terminator.client().only(version).raw(terminator.address()).handshake();
        byte[] records = client.encrypt(Deterministic.bytes(i, 40_000));
        client.sendRaw(java.util.Arrays.copyOf(records, records.length * i / 12));
        client.reset();
      }
      await()
          .atMost(RunningTerminator.PATIENCE)
          .until(() -> terminator.totals().count(WorkerCount.CONNECTIONS_ACTIVE) == 1);
      echo(neighbour);
      assertThat(worker(terminator).frames().used()).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource(TlsVersion.class)
  void aSlowBodyIsNoBurden(TlsVersion version) throws Exception {
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator =
            RunningTerminator.before(backend.address(), "    deadlines: { lifetime: 2s }\n");
        TcpClient tcp = TcpClient.connect(terminator.address())) {
      RawTlsClient client = terminator.client().only(version).raw(tcp).handshake();
      byte[] record = client.encrypt(Deterministic.bytes(4, 1_000));
      int sent = 0;
      // An occasional byte prevents the idle timeout, but not the lifetime limit.
      while (!tcp.isReadable(java.time.Duration.ofMillis(100))) {
        tcp.write(new byte[] {record[sent++]});
        assertThat(worker(terminator).frames().used()).isZero();
      }
      terminator.awaitCloses(CloseReason.LIFETIME, 1);
      assertThat(sent).isLessThan(record.length);
    }
  }

  @Test
  void aBackendThatAnswersAfterItsClientLeftCostsNothing() throws Exception {
    byte[] answer = Deterministic.bytes(6, 3_000_000);
    try (ScriptedBackend backend =
            ScriptedBackend.start(
                peer -> {
                  peer.readExactly(4);
                  peer.write("ok");
                  peer.awaitEnd();
                  try {
                    peer.write(answer);
                  } catch (IOException reset) {
                    // The client's reset was passed on.
                  }
                });
        RunningTerminator terminator = RunningTerminator.before(backend.address())) {
      for (int i = 0; i < 10; i++) {
        RawTlsClient client = terminator.client().fresh().raw(terminator.address()).handshake();
        client.write("ping".getBytes());
        assertThat(client.readExactly(2)).asString().isEqualTo("ok");
        client.reset();
      }
      terminator.awaitCloses(CloseReason.CLIENT_RESET, 10);
      assertThat(worker(terminator).frames().used()).isZero();
    }
  }

  @Test
  void aBackendThatTakesAConnectionAndDropsItIsPassedOnAsAReset() throws Exception {
    try (ScriptedBackend backend = ScriptedBackend.start(peer -> peer.reset());
        RunningTerminator terminator = RunningTerminator.before(backend.address())) {
      for (int i = 0; i < 10; i++) {
        try (RawTlsClient client = terminator.client().fresh().raw(terminator.address())) {
          client.handshake();
          assertThat(client.readToEnd().ending()).isEqualTo(Ending.RESET);
        } catch (IOException resetInTheHandshake) {
          // The last flight and the reset came together.
        }
      }
      terminator.awaitNoConnection();
      assertThat(
              terminator.closes(CloseReason.BACKEND_RESET)
                  + terminator.closes(CloseReason.CONNECT_FAILED)
                  + terminator.closes(CloseReason.NO_BACKEND))
          .isEqualTo(10);
    }
  }

  private static Worker worker(RunningTerminator terminator) {
    return terminator.terminator().workers().workers().get(0);
  }

  private static void echo(TlsConnection connection) throws Exception {
    connection.write("ping");
    assertThat(connection.readExactly(4)).asString().isEqualTo("ping");
  }
}
