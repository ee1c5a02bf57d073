package io.terminator.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class NastyPeersTest {

  private static final Duration LONG = Duration.ofSeconds(20);

  private final TestCa ca = TestCa.create();
  private final TlsClient client = TlsClient.trusting(ca);

  private EchoBackend echo() {
    return EchoBackend.startTls(ca.serverContext(ca.server("a.example")));
  }

  @Test
  void helloFragmenterCutsSegmentsAndRecords() throws IOException {
    HelloFragmenter fragmenter = new HelloFragmenter(client);
    try (EchoBackend server = echo()) {
      try (RawTlsClient raw = fragmenter.bySegments(server.address(), 1)) {
        raw.write(new byte[] {1});
        assertThat(raw.readExactly(1)).containsExactly(1);
      }
      try (RawTlsClient raw = fragmenter.byRecords(server.address(), 50)) {
        raw.write(new byte[] {2});
        assertThat(raw.readExactly(1)).containsExactly(2);
      }
    }
  }

  @Test
  void cutRecordsCarryTheSameContent() {
    byte[] record = {22, 3, 1, 0, 5, 'h', 'e', 'l', 'l', 'o'};
    assertThat(HelloFragmenter.cut(record, 2))
        .containsExactly(22, 3, 1, 0, 2, 'h', 'e', 22, 3, 1, 0, 2, 'l', 'l', 22, 3, 1, 0, 1, 'o');
  }

  @Test
  void silentClientSeesWhenItIsDismissed() throws IOException {
    try (ScriptedBackend server =
        ScriptedBackend.start(
            peer -> {
              peer.socket().setSoTimeout(50);
              try {
                while (peer.read(new byte[1000]) >= 0) {
                  // Until the client is silent.
                }
              } catch (java.net.SocketTimeoutException silence) {
                peer.write("enough");
              }
            })) {
      try (SilentClient silent = SilentClient.connected(server.address())) {
        SilentClient.Dismissal dismissal = silent.awaitDismissal(LONG);
        assertThat(dismissal.after()).isGreaterThan(Duration.ofMillis(30));
        assertThat(dismissal.received().text()).isEqualTo("enough");
        assertThat(dismissal.ending()).isEqualTo(Ending.FIN);
      }
      try (SilentClient silent = SilentClient.afterPartOfHello(client, server.address(), 40)) {
        assertThat(silent.awaitDismissal(LONG).ending()).isEqualTo(Ending.FIN);
      }
      try (SilentClient silent = SilentClient.afterHello(client, server.address())) {
        assertThat(silent.awaitDismissal(LONG).received().text()).isEqualTo("enough");
      }
      assertThat(server.failures()).isEmpty();
    }
  }

  @Test
  void silentClientStopsInsideARecord() throws IOException {
    try (ScriptedBackend server =
        ScriptedBackend.startTls(
            ca.serverContext(ca.server("a.example")),
            peer -> {
              peer.socket().setSoTimeout(50);
              try {
                assertThat(peer.read(new byte[1000])).as("no whole record comes").isNegative();
              } catch (java.net.SocketTimeoutException silence) {
                peer.close();
              }
            })) {
      try (SilentClient silent = SilentClient.afterPartOfRecord(client, server.address(), 9)) {
        assertThat(silent.awaitDismissal(LONG).ending()).isIn(Ending.FIN, Ending.RESET);
      }
      try (SilentClient silent = SilentClient.afterHandshake(client, server.address())) {
        assertThat(silent.awaitDismissal(LONG).ending()).isIn(Ending.FIN, Ending.RESET);
      }
      assertThat(server.failures()).isEmpty();
    }
  }

  @Test
  void slowReaderHoldsTheServerBackUntilItDrinks() throws IOException {
    int length = 8_000_000;
    Deterministic stream = new Deterministic(9);
    Sha256 written = new Sha256();
    try (ScriptedBackend server =
            ScriptedBackend.startTls(
                ca.serverContext(ca.server("a.example")),
                peer -> {
                  peer.readExactly(3);
                  for (int left = length; left > 0; left -= 16_000) {
                    byte[] piece = stream.next(Math.min(left, 16_000));
                    peer.write(piece);
                    written.update(piece, 0, piece.length);
                  }
                });
        SlowReader reader = SlowReader.connect(client, server.address(), "all".getBytes(UTF_8))) {
      byte[] first = reader.sip(100);
      assertThat(first).isEqualTo(Deterministic.bytes(9, 100));
      Awaitility.await()
          .during(Duration.ofMillis(100))
          .until(() -> written.count(), taken -> taken < length);
      Counted rest = reader.drink();
      assertThat(rest.bytes()).isEqualTo(length - 100);
      assertThat(rest.ending()).isEqualTo(Ending.CLOSE_NOTIFY);
      assertThat(written.hex()).isEqualTo(Deterministic.sha256(9, length));
    }
  }

  @Test
  void halfCloserGetsTheAnswerAfterItsEnd() throws IOException {
    try (EchoBackend server = echo()) {
      HalfCloser.Answer answer =
          new HalfCloser(client.only(TlsVersion.TLS_1_3))
              .exchange(server.address(), "question".getBytes(UTF_8));
      assertThat(answer.received().text()).isEqualTo("question");
      assertThat(answer.received().ending()).isEqualTo(Ending.CLOSE_NOTIFY);
      assertThat(answer.transport()).isEqualTo(Ending.FIN);
    }
  }

  @ParameterizedTest
  @EnumSource(Resetter.Moment.class)
  void resetterLeavesAResetAtItsMoment(Resetter.Moment moment) throws IOException {
    Resetter resetter = new Resetter(client);
    boolean speaksTls =
        moment == Resetter.Moment.ESTABLISHED || moment == Resetter.Moment.MID_RECORD;
    try (SinkBackend plain = SinkBackend.start();
        EchoBackend tls = echo()) {
      if (speaksTls) {
        resetter.run(tls.address(), moment);
        Awaitility.await().until(() -> tls.accepted() == 1 && tls.active() == 0);
      } else {
        resetter.run(plain.address(), moment);
        Awaitility.await().until(() -> plain.finished().size() == 1);
        assertThat(plain.finished().get(0).ending()).isEqualTo(Ending.RESET);
      }
    }
  }

  @Test
  void crowdReportsWhoWasDismissedAndHow() throws IOException {
    try (ScriptedBackend server =
            ScriptedBackend.start(
                peer -> {
                  switch (peer.readExactly(1)[0]) {
                    case 0 -> peer.write("bye");
                    case 1 -> peer.reset();
                    default -> peer.awaitEnd();
                  }
                });
        ClientCrowd crowd =
            ClientCrowd.open(
                server.address(),
                300,
                number -> new byte[] {(byte) (number % 3)},
                List.of(InetAddress.getByName("127.0.0.1"), InetAddress.getByName("127.0.0.2")))) {
      assertThat(crowd.awaitSettled(LONG).connected()).isEqualTo(300);
      ClientCrowd.Report report = crowd.awaitClosed(200, LONG);
      assertThat(report.closedByFin()).isEqualTo(100);
      assertThat(report.closedByReset()).isEqualTo(100);
      assertThat(report.open()).isEqualTo(100);
      assertThat(report.bytesReceived()).isEqualTo(300);
      assertThat(report.lifetimes()).hasSize(200);
    }
  }

  @Test
  void crowdCountsRefusals() {
    try (ClientCrowd crowd = ClientCrowd.open(Ports.refused(), 5, new byte[0])) {
      assertThat(crowd.awaitSettled(LONG).refused()).isEqualTo(5);
    }
  }

  @Test
  void writeUntilBlockedFindsWhereThePeerStopsReading() throws IOException {
    try (java.net.ServerSocket silent =
            new java.net.ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        TcpClient client =
            TcpClient.connect(
                new java.net.InetSocketAddress(silent.getInetAddress(), silent.getLocalPort()))) {
      long taken = client.writeUntilBlocked(new byte[65536], Duration.ofMillis(100), 1L << 30);
      assertThat(taken).isPositive();
    }
  }
}
