package io.terminator.tls.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.core.chain.ByteStream;
import io.terminator.testkit.Credential;
import io.terminator.testkit.Ending;
import io.terminator.testkit.KeyAlgorithm;
import io.terminator.testkit.RawTlsClient;
import io.terminator.testkit.Received;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsClient;
import io.terminator.testkit.TlsVersion;
import io.terminator.testkit.Validity;
import io.terminator.tls.policy.TlsPolicies;
import io.terminator.tls.policy.TlsPolicyConfig;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** One TLS stream over a socket pair: the end of its two directions, and partial records. */
class TlsStreamTest {
  private static final String BLOCK = "0123456789abcdef".repeat(4096);

  private final TestCa ca = TestCa.create();
  private final BoringSsl library = BoringSsl.load();
  private TlsContext context = context(ca.server("localhost"));

  private TlsContext context(Credential credential) {
    try {
      return TlsContext.make(
          library,
          TlsPolicies.settings(TlsPolicyConfig.DEFAULT, null, "test"),
          List.of(
              new KeyPair(
                  credential.chainPem().getBytes(StandardCharsets.US_ASCII),
                  credential.keyPem().getBytes(StandardCharsets.US_ASCII))),
          List.of());
    } catch (TlsContextException unusable) {
      throw new IllegalStateException(unusable);
    }
  }

  private TlsClient client(TlsVersion version) {
    return TlsClient.trusting(ca).serverName("localhost").only(version);
  }

  private ServedStream served(TlsVersion version) throws Exception {
    return served(version, 0);
  }

  private ServedStream served(TlsVersion version, int receiveBuffer) throws Exception {
    ServedStream served = new ServedStream(context, client(version), receiveBuffer);
    served.client().handshake();
    served.awaitHandshake();
    assertThat(served.handshake()).isEqualTo(TlsStream.Handshaking.DONE);
    return served;
  }

  @BeforeEach
  void nothingLives() {
    assertThat(library.liveStreams()).isZero();
  }

  @AfterEach
  void everythingNativeIsGivenBackOnce() {
    context.release();
    assertThat(library.liveStreams()).isZero();
    assertThat(library.liveContexts()).isZero();
    library.close();
  }

  @ParameterizedTest
  @EnumSource(TlsVersion.class)
  void theClientsEndLeavesTheOtherDirectionOpen(TlsVersion version) throws Exception {
    try (ServedStream served = served(version)) {
      served.client().write(bytes("request"));
      served.client().finishOutput();
      assertThat(served.awaitEnd()).isEqualTo(ByteStream.END);
      assertThat(served.received()).isEqualTo("request");
      assertThat(served.write("answer", 1)).isTrue();
      served.run(() -> served.stream().finishOutput(false));
      Received answer = served.client().readToEnd();
      assertThat(answer.text()).isEqualTo("answer");
      assertThat(answer.ending()).isEqualTo(Ending.CLOSE_NOTIFY);
      assertThat(served.client().readRawToEnd().ending()).isEqualTo(Ending.FIN);
      assertThat(served.ask(ByteStream::isOutputFinished)).isTrue();
    }
  }

  /** After the server's close_notify, the JDK's client continues to encrypt only in TLS 1.3. */
  @Test
  void theServersEndLeavesTheOtherDirectionOpen() throws Exception {
    try (ServedStream served = served(TlsVersion.TLS_1_3)) {
      served.run(() -> served.stream().finishOutput(false));
      assertThat(served.client().readToEnd().ending()).isEqualTo(Ending.CLOSE_NOTIFY);
      assertThat(served.write("too late", 1)).isFalse();
      served.client().write(bytes("still here"));
      assertThat(served.awaitReceived(10)).isEqualTo("still here");
      served.client().finishOutput();
      assertThat(served.awaitEnd()).isEqualTo(ByteStream.END);
    }
  }

  @ParameterizedTest
  @EnumSource(TlsVersion.class)
  void aFinWithoutCloseNotifyIsATruncation(TlsVersion version) throws Exception {
    try (ServedStream served = served(version)) {
      served.client().write(bytes("some"));
      served.client().truncate();
      assertThat(served.awaitEnd()).isEqualTo(ByteStream.TRUNCATED);
      assertThat(served.received()).isEqualTo("some");
      assertThat(served.ask(ByteStream::hasBufferedInput)).as("it is told again").isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource(TlsVersion.class)
  void aResetIsNeitherAnEndNorATruncation(TlsVersion version) throws Exception {
    try (ServedStream served = served(version)) {
      served.client().reset();
      assertThat(served.awaitEnd()).isEqualTo(ByteStream.RESET);
    }
  }

  @ParameterizedTest
  @EnumSource(TlsVersion.class)
  void anAbortIsNoCleanEnd(TlsVersion version) throws Exception {
    try (ServedStream served = served(version)) {
      served.run(() -> served.stream().abort());
      assertThat(served.client().readToEnd().ending()).isEqualTo(Ending.RESET);
    }
  }

  @ParameterizedTest
  @EnumSource(TlsVersion.class)
  void aRecordIsReadOnceAllOfItIsThere(TlsVersion version) throws Exception {
    try (ServedStream served = served(version)) {
      byte[] record = served.client().encrypt(bytes("in two parts"));
      served.client().tcp().write(Arrays.copyOf(record, 9));
      served.client().tcp().write(Arrays.copyOfRange(record, 9, record.length - 1));
      // No other record can overtake it, so everything has arrived by now.
      assertThat(served.received()).isEmpty();
      served.client().tcp().write(new byte[] {record[record.length - 1]});
      assertThat(served.awaitReceived(12)).isEqualTo("in two parts");
    }
  }

  @ParameterizedTest
  @EnumSource(TlsVersion.class)
  void theEndLeavesBehindWhatWaits(TlsVersion version) throws Exception {
    try (ServedStream served = served(version, 8 * 1024)) {
      assertThat(served.write(BLOCK, 8)).isTrue();
      assertThat(served.ask(ByteStream::pendingOutput)).isPositive();
      served.run(() -> served.stream().finishOutput(false));
      assertThat(served.ask(ByteStream::isOutputFinished)).isFalse();
      Received all = served.client().readToEnd();
      assertThat(all.ending()).isEqualTo(Ending.CLOSE_NOTIFY);
      assertThat(all.text()).isEqualTo(BLOCK.repeat(8));
      await().atMost(ServedStream.PATIENCE).until(() -> served.ask(ByteStream::isOutputFinished));
      assertThat(served.ask(ByteStream::pendingOutput)).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource(TlsVersion.class)
  void aRecordThatIsNotOneIsAProtocolErrorWithAnAlert(TlsVersion version) throws Exception {
    try (ServedStream served = served(version)) {
      byte[] record = served.client().encrypt(bytes("damaged"));
      record[record.length - 1] ^= 1;
      served.client().tcp().write(record);
      assertThat(served.awaitEnd()).isEqualTo(ByteStream.PROTOCOL_ERROR);
      assertThat(served.received()).isEmpty();
      assertThat(served.ask(ByteStream::failure))
          .isEqualTo("the client sent a record that is damaged or not allowed (BAD_DECRYPT)");
      assertThat(served.client().readToEnd().ending()).isEqualTo(Ending.ALERT);
    }
  }

  @ParameterizedTest
  @EnumSource(TlsVersion.class)
  void bytesWithTheLastHandshakeMessageAreReadFirst(TlsVersion version) throws Exception {
    try (ServedStream served = new ServedStream(context, client(version), 0)) {
      served.client().handshakeWith(bytes("early"));
      served.client().write(bytes(" and late"));
      assertThat(served.awaitReceived(14)).isEqualTo("early and late");
    }
  }

  /** Three certificates with RSA keys are several times the size of the BIO's own buffer. */
  @ParameterizedTest
  @EnumSource(TlsVersion.class)
  void aFlightLargerThanTheBioLeavesWhole(TlsVersion version) throws Exception {
    context.release();
    TestCa issuer = TestCa.create("RSA", KeyAlgorithm.RSA_2048, Validity.of(Duration.ofDays(30)));
    Credential rsa = issuer.leaf("localhost").rsa().issue();
    Credential longer =
        new Credential(
            rsa.key(), List.of(rsa.chain().get(0), rsa.chain().get(1), issuer.root().leaf()));
    context = context(longer);
    assertThat(longer.chainPem().length()).isGreaterThan(3 * TlsContext.OWN_OUTPUT);
    try (ServedStream served =
        new ServedStream(context, TlsClient.trusting(issuer).only(version), 0)) {
      served.client().handshake();
      assertThat(served.client().peerCertificates()).hasSize(3);
      served.client().write(bytes("heard"));
      assertThat(served.awaitReceived(5)).isEqualTo("heard");
    }
  }

  @ParameterizedTest
  @EnumSource(TlsVersion.class)
  void aHandshakeInSegmentsOfOneByteIsTheSame(TlsVersion version) throws Exception {
    try (ServedStream served = new ServedStream(context, client(version), 0)) {
      RawTlsClient slow = served.client().segments(1);
      slow.handshake();
      slow.write(bytes("x"));
      assertThat(served.awaitReceived(1)).isEqualTo("x");
    }
  }

  @Test
  void aStreamIsReleasedOnceHoweverOftenItIsAsked() throws Exception {
    try (ServedStream served = served(TlsVersion.TLS_1_3)) {
      assertThat(library.liveStreams()).isEqualTo(1);
      served.run(
          () -> {
            served.stream().release();
            served.stream().release();
          });
      assertThat(library.liveStreams()).isZero();
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
