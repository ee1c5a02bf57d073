package io.terminator.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RawTlsClientTest {

  private final TestCa ca = TestCa.create();
  private final TlsClient client = TlsClient.trusting(ca).serverName("www.example").checkingName();

  private EchoBackend echo() {
    return EchoBackend.startTls(ca.serverContext(ca.server("www.example")));
  }

  @ParameterizedTest
  @EnumSource(TlsVersion.class)
  void echoesThroughSegmentsOfOneByte(TlsVersion version) throws IOException {
    Deterministic random = Deterministic.random();
    byte[] sent = random.next(300);
    try (EchoBackend server = echo();
        RawTlsClient raw = client.only(version).raw(server.address())) {
      raw.segments(1).handshake().write(sent);
      assertThat(raw.readExactly(sent.length)).isEqualTo(sent);
      assertThat(raw.version()).isEqualTo(version);
      assertThat(raw.peerCertificates()).hasSize(2);
    }
  }

  @ParameterizedTest
  @EnumSource(TlsVersion.class)
  void readsOnAfterItsOwnCloseNotifyAndFin(TlsVersion version) throws IOException {
    try (ScriptedBackend server =
            ScriptedBackend.startTls(
                ca.serverContext(ca.server("www.example")),
                peer -> {
                  peer.readExactly(4);
                  assertThat(peer.awaitEnd()).isEqualTo(Ending.END_OF_STREAM);
                  // A JDK server of TLS 1.2 has answered the client's close_notify by now.
                  if (version == TlsVersion.TLS_1_3) {
                    peer.write("answer after the end");
                  }
                });
        RawTlsClient raw = client.only(version).raw(server.address())) {
      raw.handshake().write("ping".getBytes(UTF_8));
      raw.finishOutput();
      Received received = raw.readToEnd();
      assertThat(server.failures()).isEmpty();
      assertThat(received.text())
          .isEqualTo(version == TlsVersion.TLS_1_3 ? "answer after the end" : "");
      assertThat(received.ending()).isEqualTo(Ending.CLOSE_NOTIFY);
      assertThat(raw.readRawToEnd().ending()).isEqualTo(Ending.FIN);
      assertThat(server.failures()).isEmpty();
    }
  }

  @Test
  void writesOnAfterTheServersCloseNotifyInTls13() throws IOException {
    try (ScriptedBackend server =
            ScriptedBackend.startTls(
                ca.serverContext(ca.server("www.example")),
                peer -> {
                  peer.finishOutput();
                  assertThat(peer.readExactly(4)).isEqualTo("late".getBytes(UTF_8));
                });
        RawTlsClient raw = client.only(TlsVersion.TLS_1_3).raw(server.address())) {
      raw.handshake();
      assertThat(raw.readToEnd().ending()).isEqualTo(Ending.CLOSE_NOTIFY);
      raw.write("late".getBytes(UTF_8));
      assertThat(raw.readRawToEnd().bytes()).isEmpty();
      assertThat(server.failures()).isEmpty();
    }
  }

  @Test
  void sendsFirstDataInTheSegmentOfItsFinished() throws IOException {
    try (EchoBackend server = echo();
        RawTlsClient raw = client.only(TlsVersion.TLS_1_3).raw(server.address())) {
      raw.handshakeWith("early bird".getBytes(UTF_8));
      assertThat(raw.readExactly(10)).isEqualTo("early bird".getBytes(UTF_8));
    }
  }

  @ParameterizedTest
  @EnumSource(TlsVersion.class)
  void tellsTruncationAndResetFromCleanEnds(TlsVersion version) throws IOException {
    SSLContext context = ca.serverContext(ca.server("www.example"));
    for (Ending expected : List.of(Ending.FIN, Ending.RESET)) {
      try (ScriptedBackend server =
              ScriptedBackend.start(
                  peer -> {
                    InputStream nothingRead = null;
                    SSLSocket tls =
                        (SSLSocket)
                            context
                                .getSocketFactory()
                                .createSocket(peer.socket(), nothingRead, false);
                    tls.getInputStream().readNBytes(1);
                    // Bypassing TLS.
                    if (expected == Ending.FIN) {
                      peer.finishOutput();
                      peer.awaitEnd();
                    } else {
                      peer.reset();
                    }
                  });
          RawTlsClient raw = client.only(version).raw(server.address())) {
        raw.handshake().write(new byte[1]);
        assertThat(raw.readToEnd().ending()).isEqualTo(expected);
        assertThat(server.failures()).isEmpty();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(TlsVersion.class)
  void reportsAnAlert(TlsVersion version) throws IOException {
    try (EchoBackend server = echo();
        RawTlsClient raw = client.only(version).raw(server.address())) {
      raw.handshake();
      byte[] record = raw.encrypt("broken".getBytes(UTF_8));
      record[record.length - 1] ^= 1;
      raw.sendRaw(record);
      assertThat(raw.readToEnd().ending()).isEqualTo(Ending.ALERT);
    }
  }

  @Test
  void sendsTinyRecordsInOneSegment() throws IOException {
    byte[] sent = Deterministic.bytes(1, 64);
    try (EchoBackend server = echo();
        RawTlsClient raw = client.raw(server.address())) {
      raw.handshake().writeRecords(sent, 1);
      assertThat(raw.readExactly(64)).isEqualTo(sent);
    }
  }

  @Test
  void deliversNothingOfARecordSentInPart() throws IOException {
    try (EchoBackend server = echo();
        RawTlsClient raw = client.raw(server.address())) {
      raw.handshake().write("whole".getBytes(UTF_8));
      raw.readExactly(5);
      raw.writePartially("never seen".getBytes(UTF_8), 12);
      raw.truncate();
      raw.readRawToEnd();
      assertThat(server.bytes()).isEqualTo(5);
    }
  }

  @Test
  void continuesAHandshakeWhoseHelloTheTestSent() throws IOException {
    try (EchoBackend server = echo();
        RawTlsClient raw = client.raw(server.address())) {
      byte[] hello = raw.clientHello();
      assertThat(hello[0]).as("record type").isEqualTo((byte) 22);
      raw.sendRaw(Arrays.copyOf(hello, 7));
      raw.sendRaw(Arrays.copyOfRange(hello, 7, hello.length));
      raw.handshake().write(new byte[] {7});
      assertThat(raw.readExactly(1)).containsExactly(7);
    }
  }

  @Test
  void survivesKeyUpdates() throws IOException {
    try (EchoBackend server = echo();
        RawTlsClient raw = client.only(TlsVersion.TLS_1_3).raw(server.address())) {
      raw.handshake();
      for (byte round = 0; round < 5; round++) {
        raw.sendRaw(raw.rekey());
        raw.write(new byte[] {round});
        assertThat(raw.readExactly(1)).containsExactly(round);
      }
    }
  }

  @Test
  void floodsWithKeyUpdatesWithoutReading() throws IOException {
    int updates = 40;
    try (EchoBackend server = echo();
        RawTlsClient raw = client.only(TlsVersion.TLS_1_3).raw(server.address())) {
      raw.handshake();
      for (int update = 0; update < updates; update++) {
        byte[] record = raw.rekey();
        assertThat(record).isNotEmpty();
        raw.sendRaw(record);
      }
      raw.write(new byte[] {7});
      assertThat(raw.readExactly(1)).containsExactly(7);
    }
  }

  @Test
  void asksForRenegotiationInTls12() throws IOException {
    try (EchoBackend server = echo();
        RawTlsClient raw = client.only(TlsVersion.TLS_1_2).raw(server.address())) {
      byte[] record = raw.handshake().rekey();
      assertThat(record[0]).as("record type").isEqualTo((byte) 22);
      raw.sendRaw(record);
      assertThat(raw.tcp().isReadable(Duration.ofSeconds(20))).as("the server answers").isTrue();
    }
  }

  @Test
  void writesNoMoreAfterTheServersCloseNotifyInTls12() throws IOException {
    try (ScriptedBackend server =
            ScriptedBackend.startTls(
                ca.serverContext(ca.server("www.example")), SocketPeer::finishOutput);
        RawTlsClient raw = client.only(TlsVersion.TLS_1_2).raw(server.address())) {
      raw.handshake();
      assertThat(raw.readToEnd().ending()).isEqualTo(Ending.CLOSE_NOTIFY);
      assertThatThrownBy(() -> raw.write(new byte[1]))
          .isInstanceOf(SSLException.class)
          .hasMessageContaining("closed for writing");
    }
  }

  @Test
  void refusesAServerItDoesNotTrust() throws IOException {
    try (EchoBackend server = echo();
        RawTlsClient raw = TlsClient.trusting(TestCa.create()).raw(server.address())) {
      assertThatThrownBy(raw::handshake).isInstanceOf(SSLException.class);
      // Its alert tells the server why.
      Awaitility.await().until(() -> server.active() == 0);
      assertThat(server.failures())
          .singleElement()
          .asString()
          .contains("Received fatal alert: certificate_unknown");
    }
  }

  @Test
  void saysThatTheServerEndedTheHandshake() throws IOException {
    try (ScriptedBackend server = ScriptedBackend.start(peer -> peer.read(new byte[1000]));
        RawTlsClient raw = client.raw(server.address())) {
      assertThatThrownBy(raw::handshake)
          .isInstanceOf(EOFException.class)
          .hasMessageContaining("FIN");
    }
  }

  @ParameterizedTest
  @EnumSource(TlsVersion.class)
  void resumesTheSessionOfAnEarlierConnection(TlsVersion version) throws IOException {
    TlsClient one = client.only(version);
    try (EchoBackend server = echo()) {
      for (boolean resumed : new boolean[] {false, true}) {
        try (RawTlsClient raw = one.raw(server.address())) {
          raw.handshake().write(new byte[1]);
          raw.readExactly(1);
          assertThat(raw.isResumed()).isEqualTo(resumed);
          raw.finishOutput();
          raw.readToEnd();
        }
      }
      try (RawTlsClient raw = one.fresh().raw(server.address())) {
        assertThat(raw.handshake().isResumed()).isFalse();
      }
    }
  }
}
