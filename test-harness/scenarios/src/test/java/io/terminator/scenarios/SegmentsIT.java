package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.core.phase.CloseReason;
import io.terminator.testkit.Deterministic;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.Ending;
import io.terminator.testkit.RawTlsClient;
import io.terminator.testkit.RecordForge;
import io.terminator.testkit.TcpClient;
import io.terminator.testkit.TlsVersion;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The same bytes arrive, whatever the segments and records they are sent in. */
class SegmentsIT {

  @ParameterizedTest
  @EnumSource(TlsVersion.class)
  void everythingInSegmentsOfOneByte(TlsVersion version) throws Exception {
    byte[] data = Deterministic.bytes(1, 3_000);
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator = RunningTerminator.before(backend.address());
        RawTlsClient client = terminator.client().only(version).raw(terminator.address())) {
      client.segments(1).handshake();
      client.write(data);
      assertThat(client.readExactly(data.length)).isEqualTo(data);
    }
  }

  @ParameterizedTest
  @EnumSource(TlsVersion.class)
  void applicationBytesInOneSegmentWithTheLastHandshakeMessage(TlsVersion version)
      throws Exception {
    byte[] data = Deterministic.bytes(2, 40_000);
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator = RunningTerminator.before(backend.address());
        RawTlsClient client = terminator.client().only(version).raw(terminator.address())) {
      client.handshakeWith(data);
      assertThat(client.readExactly(data.length)).isEqualTo(data);
    }
  }

  @ParameterizedTest
  @EnumSource(TlsVersion.class)
  void recordsOfOneByte(TlsVersion version) throws Exception {
    byte[] data = Deterministic.bytes(3, 2_000);
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator = RunningTerminator.before(backend.address());
        RawTlsClient client = terminator.client().only(version).raw(terminator.address())) {
      client.handshake();
      client.writeRecords(data, 1);
      assertThat(client.readExactly(data.length)).isEqualTo(data);
    }
  }

  @ParameterizedTest
  @EnumSource(TlsVersion.class)
  void recordsWithoutContentBetweenOthers(TlsVersion version) throws Exception {
    byte[] data = Deterministic.bytes(3, 2_000);
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator =
            RunningTerminator.before(backend.address(), "", "workers: 1\n" + KeyLog.SETTING);
        RawTlsClient client =
            terminator
                .client()
                .only(version)
                .ciphers(RecordForge.SUITES)
                .raw(terminator.address())) {
      client.handshake();
      RecordForge forge = KeyLog.forge(terminator.directory(), client);
      for (int i = 0; i < 20; i++) {
        client.sendRaw(forge.record(RecordForge.APPLICATION_DATA, new byte[0]));
        client.sendRaw(forge.record(RecordForge.APPLICATION_DATA, new byte[0]));
        client.sendRaw(forge.record(RecordForge.APPLICATION_DATA, data));
        assertThat(client.readExactly(data.length)).isEqualTo(data);
      }
    }
  }

  @Test
  void keyUpdatesBetweenRecords() throws Exception {
    byte[] data = Deterministic.bytes(4, 5_000);
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator = RunningTerminator.before(backend.address());
        RawTlsClient client =
            terminator.client().only(TlsVersion.TLS_1_3).raw(terminator.address())) {
      client.handshake();
      for (int i = 0; i < 10; i++) {
        client.sendRaw(client.rekey());
        client.write(data);
        assertThat(client.readExactly(data.length)).isEqualTo(data);
      }
    }
  }

  @Test
  void renegotiationIsRefused() throws Exception {
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator = RunningTerminator.before(backend.address());
        RawTlsClient client =
            terminator.client().only(TlsVersion.TLS_1_2).raw(terminator.address())) {
      client.handshake();
      client.sendRaw(client.rekey());
      assertThat(client.readToEnd().ending()).isIn(Ending.ALERT, Ending.FIN, Ending.RESET);
      terminator.awaitCloses(CloseReason.CLIENT_PROTOCOL, 1);
    }
  }

  @Test
  void aDamagedRecordEndsTheConnectionAndNothingOfItIsPassedOn() throws Exception {
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator = RunningTerminator.before(backend.address());
        RawTlsClient client = terminator.client().raw(terminator.address())) {
      client.handshake();
      byte[] record = client.encrypt("secret".getBytes(StandardCharsets.US_ASCII));
      record[record.length - 1] ^= 1;
      client.sendRaw(record);
      assertThat(client.readToEnd().bytes()).isEmpty();
      terminator.awaitCloses(CloseReason.CLIENT_PROTOCOL, 1);
    }
  }

  @Test
  void plainHttpGetsOneLineAndItsOwnCounter() throws Exception {
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator = RunningTerminator.before(backend.address());
        TcpClient client = TcpClient.connect(terminator.address())) {
      client.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      assertThat(client.readToEnd().text())
          .startsWith("HTTP/1.1 400 Bad Request\r\n")
          .endsWith("This port speaks TLS: use https here.\r\n");
      terminator.awaitCloses(CloseReason.PLAIN_HTTP, 1);
      assertThat(backend.accepted()).isZero();
    }
  }

  @Test
  void aClientThatConnectsAndLeavesIsAProbeAndCostsTheBackendNothing() throws Exception {
    try (EchoBackend backend = EchoBackend.start();
        RunningTerminator terminator = RunningTerminator.before(backend.address())) {
      for (int i = 0; i < 20; i++) {
        TcpClient.connect(terminator.address()).close();
      }
      terminator.awaitCloses(CloseReason.PROBE, 20);
      assertThat(backend.accepted()).isZero();
    }
  }
}
