package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.core.phase.CloseReason;
import io.terminator.testkit.Counted;
import io.terminator.testkit.Deterministic;
import io.terminator.testkit.Ending;
import io.terminator.testkit.RawTlsClient;
import io.terminator.testkit.Received;
import io.terminator.testkit.ScriptedBackend;
import io.terminator.testkit.TlsVersion;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The two directions end independently, over TLS 1.2 and 1.3: no data of the other direction is
 * lost, and no broken connection looks like a clean end.
 */
class HalfCloseIT {
  private static final long SEED = 7;
  private static final int SIZE = 10 * 1024 * 1024;
  private static final byte[] PAYLOAD = Deterministic.bytes(SEED, SIZE);
  private static final String SHA256 = Deterministic.sha256(SEED, SIZE);

  @ParameterizedTest
  @EnumSource(TlsVersion.class)
  void clientEndsFirstAndStillGetsTheWholeAnswer(TlsVersion version) throws Exception {
    CompletableFuture<Ending> requestEnd = new CompletableFuture<>();
    try (ScriptedBackend backend =
            ScriptedBackend.start(
                peer -> {
                  Received request = peer.readToEnd();
                  requestEnd.complete(request.ending());
                  assertThat(request.text()).isEqualTo("request");
                  peer.write(PAYLOAD);
                  peer.finishOutput();
                });
        RunningTerminator terminator = RunningTerminator.before(backend.address());
        RawTlsClient client = terminator.client().only(version).raw(terminator.address())) {
      client.handshake();
      client.write("request".getBytes());
      client.finishOutput();
      Counted answer = client.countToEnd();
      assertThat(answer.sha256()).isEqualTo(SHA256);
      assertThat(answer.ending()).isEqualTo(Ending.CLOSE_NOTIFY);
      assertThat(requestEnd.get(20, TimeUnit.SECONDS)).isEqualTo(Ending.FIN);
      terminator.awaitCloses(CloseReason.CLIENT_CLOSED, 1);
      assertThat(backend.failures()).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource(TlsVersion.class)
  void backendEndsFirstAndStillGetsTheWholeUpload(TlsVersion version) throws Exception {
    CompletableFuture<Counted> upload = new CompletableFuture<>();
    try (ScriptedBackend backend =
            ScriptedBackend.start(
                peer -> {
                  peer.finishOutput();
                  upload.complete(peer.countToEnd());
                });
        RunningTerminator terminator = RunningTerminator.before(backend.address());
        RawTlsClient client = terminator.client().only(version).raw(terminator.address())) {
      client.handshake();
      // The upload continues after the backend's end has arrived.
      client.write(PAYLOAD);
      client.finishOutput();
      Counted received = upload.get(30, TimeUnit.SECONDS);
      assertThat(received.sha256()).isEqualTo(SHA256);
      assertThat(received.ending()).isEqualTo(Ending.FIN);
      assertThat(client.countToEnd().ending()).isEqualTo(Ending.CLOSE_NOTIFY);
      terminator.awaitCloses(CloseReason.BACKEND_CLOSED, 1);
    }
  }

  @ParameterizedTest
  @EnumSource(TlsVersion.class)
  void earlyAnswerArrivesWholeWhileTheClientUploads(TlsVersion version) throws Exception {
    byte[] answer = Deterministic.bytes(SEED, 20_000);
    try (ScriptedBackend backend =
            ScriptedBackend.start(
                peer -> {
                  peer.readExactly(100_000);
                  peer.write(answer);
                  peer.finishOutput();
                  // Ends with bytes unread: the kernel makes a reset of it.
                });
        RunningTerminator terminator = RunningTerminator.before(backend.address());
        RawTlsClient client = terminator.client().only(version).raw(terminator.address())) {
      client.handshake();
      client.write(Deterministic.bytes(SEED, 1_000_000));
      assertThat(client.readExactly(answer.length)).isEqualTo(answer);
    }
  }

  @ParameterizedTest
  @EnumSource(TlsVersion.class)
  void finWithoutCloseNotifyIsCountedAndPassedOnAsAReset(TlsVersion version) throws Exception {
    CompletableFuture<Ending> seen = new CompletableFuture<>();
    try (ScriptedBackend backend =
            ScriptedBackend.start(peer -> seen.complete(peer.readToEnd().ending()));
        RunningTerminator terminator = RunningTerminator.before(backend.address());
        RawTlsClient client = terminator.client().only(version).raw(terminator.address())) {
      client.handshake();
      client.write("half of".getBytes());
      client.truncate();
      assertThat(seen.get(20, TimeUnit.SECONDS)).isEqualTo(Ending.RESET);
      terminator.awaitCloses(CloseReason.CLIENT_TRUNCATED, 1);
    }
  }

  @ParameterizedTest
  @EnumSource(TlsVersion.class)
  void finWithoutCloseNotifyIsAnEndWhereConfigured(TlsVersion version) throws Exception {
    CompletableFuture<Received> seen = new CompletableFuture<>();
    try (ScriptedBackend backend =
            ScriptedBackend.start(
                peer -> {
                  seen.complete(peer.readToEnd());
                  peer.write("answer");
                });
        RunningTerminator terminator =
            RunningTerminator.before(backend.address(), "    relay: { truncation: end }\n");
        RawTlsClient client = terminator.client().only(version).raw(terminator.address())) {
      client.handshake();
      client.write("request".getBytes());
      client.truncate();
      assertThat(seen.get(20, TimeUnit.SECONDS).ending()).isEqualTo(Ending.FIN);
      assertThat(client.readToEnd().text()).isEqualTo("answer");
    }
  }

  @ParameterizedTest
  @EnumSource(TlsVersion.class)
  void clientResetIsPassedOnAsAReset(TlsVersion version) throws Exception {
    CompletableFuture<Ending> seen = new CompletableFuture<>();
    try (ScriptedBackend backend =
            ScriptedBackend.start(
                peer -> {
                  peer.readExactly(4);
                  peer.write("ok");
                  seen.complete(peer.readToEnd().ending());
                });
        RunningTerminator terminator = RunningTerminator.before(backend.address());
        RawTlsClient client = terminator.client().only(version).raw(terminator.address())) {
      client.handshake();
      client.write("ping".getBytes());
      client.readExactly(2);
      client.reset();
      assertThat(seen.get(20, TimeUnit.SECONDS)).isEqualTo(Ending.RESET);
      terminator.awaitCloses(CloseReason.CLIENT_RESET, 1);
    }
  }

  @ParameterizedTest
  @EnumSource(TlsVersion.class)
  void backendResetIsPassedOnAsAResetBehindWhatItSent(TlsVersion version) throws Exception {
    try (ScriptedBackend backend =
            ScriptedBackend.start(
                peer -> {
                  peer.readExactly(4);
                  peer.write("partial");
                  peer.readExactly(4);
                  peer.reset();
                });
        RunningTerminator terminator = RunningTerminator.before(backend.address());
        RawTlsClient client = terminator.client().only(version).raw(terminator.address())) {
      client.handshake();
      client.write("ping".getBytes());
      assertThat(client.readExactly(7)).asString().isEqualTo("partial");
      client.write("ping".getBytes());
      assertThat(client.readToEnd().ending()).isEqualTo(Ending.RESET);
      terminator.awaitCloses(CloseReason.BACKEND_RESET, 1);
    }
  }
}
