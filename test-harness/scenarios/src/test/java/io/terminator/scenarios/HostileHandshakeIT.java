package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.core.observe.WorkerCount;
import io.terminator.core.phase.CloseReason;
import io.terminator.core.worker.Worker;
import io.terminator.testkit.ClientCrowd;
import io.terminator.testkit.Deterministic;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.Ending;
import io.terminator.testkit.RawTlsClient;
import io.terminator.testkit.Received;
import io.terminator.testkit.SilentClient;
import io.terminator.testkit.TcpClient;
import io.terminator.testkit.TlsConnection;
import io.terminator.testkit.TlsVersion;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Peers that violate the protocol before the end of the handshake are refused, at bounded cost and
 * without effect on others.
 */
class HostileHandshakeIT {
  private static final byte ALERT = 21;
  private static final byte HANDSHAKE = 22;

  private EchoBackend backend;
  private RunningTerminator terminator;
  private TlsConnection neighbour;

  @BeforeEach
  void start() throws Exception {
    backend = EchoBackend.start();
    terminator =
        RunningTerminator.before(
            backend.address(), "    deadlines: { client-hello: 2s, handshake: 3s }\n");
    neighbour = terminator.client().connect(terminator.address());
  }

  @AfterEach
  void stop() throws Exception {
    echo(neighbour);
    neighbour.close();
    assertThat(backend.accepted()).as("connections that reached the backend").isEqualTo(1);
    terminator.close();
    backend.close();
  }

  @Test
  void whatIsNoClientHelloIsRefused() throws Exception {
    List<Nonsense> all = Nonsense.inPlaceOf(hello());
    long before = failures();
    for (Nonsense one : all) {
      try (TcpClient client = TcpClient.connect(terminator.address())) {
        client.write(one.bytes());
        Received answer = client.readToEnd();
        assertThat(answer.ending()).as(one.name()).isIn(Ending.FIN, Ending.RESET);
        if (one.answer().length == 0) {
          assertThat(answer.bytes()).as("answer to " + one.name()).isEmpty();
        } else {
          assertThat(answer.bytes()).as("answer to " + one.name()).startsWith(one.answer());
        }
      }
      echo(neighbour);
    }
    await()
        .atMost(RunningTerminator.PATIENCE)
        .untilAsserted(() -> assertThat(failures() - before).isEqualTo(all.size()));
    assertThat(worker().frames().used()).isZero();
  }

  @Test
  void strangeButAllowedHellosAreAnswered() throws Exception {
    byte[] hello = hello();
    List<byte[]> strange =
        List.of(
            // RFC 6066: no literal address; many send one all the same, and mean no name.
            new HelloForge(hello).named("127.0.0.1").bytes(),
            new HelloForge(hello).named("LOCALHOST.").bytes(),
            new HelloForge(hello).with(0x0A0A, new byte[0]).bytes(),
            // A ticket that Terminator did not issue costs one full handshake and no more.
            new HelloForge(hello).without(35).with(35, Deterministic.bytes(1, 2_000)).bytes());
    for (byte[] one : strange) {
      try (TcpClient client = TcpClient.connect(terminator.address())) {
        client.write(one);
        assertThat(client.readExactly(1)[0]).isEqualTo(HANDSHAKE);
        client.reset();
      }
    }
    terminator.awaitCloses(CloseReason.HANDSHAKE_ABORTED, strange.size());
  }

  @ParameterizedTest
  @EnumSource(TlsVersion.class)
  void slowHandshakesAreCutByTheirDeadlinesWhateverTheySend(TlsVersion version) throws Exception {
    byte[] hello = hello(version);
    long start = System.nanoTime();
    try (TcpClient drip = TcpClient.connect(terminator.address());
        SilentClient half =
            SilentClient.afterHello(terminator.client().only(version), terminator.address())) {
      // A byte now and then: no byte restarts a deadline.
      int sent = 0;
      while (sent < hello.length && !drip.isReadable(java.time.Duration.ofMillis(200))) {
        drip.write(new byte[] {hello[sent++]});
      }
      assertThat(drip.readToEnd().ending()).isIn(Ending.FIN, Ending.RESET);
      assertThat(sent).isLessThan(hello.length);
      assertThat(half.awaitDismissal(RunningTerminator.PATIENCE).ending())
          .isIn(Ending.FIN, Ending.RESET);
    }
    assertThat((System.nanoTime() - start) / 1_000_000_000L).isLessThan(30);
    terminator.awaitCloses(CloseReason.CLIENT_HELLO_TIMEOUT, 1);
    terminator.awaitCloses(CloseReason.HANDSHAKE_TIMEOUT, 1);
  }

  @Test
  void thousandsThatConnectAndLeaveLeaveNothing() throws Exception {
    try (ClientCrowd crowd = ClientCrowd.open(terminator.address(), 2_000, new byte[0])) {
      crowd.awaitSettled(RunningTerminator.PATIENCE);
    }
    await()
        .atMost(RunningTerminator.PATIENCE)
        .until(() -> terminator.totals().count(WorkerCount.CONNECTIONS_ACTIVE) == 1);
    assertThat(worker().frames().used()).isZero();
  }

  @ParameterizedTest
  @EnumSource(TlsVersion.class)
  void aResetIsSurvivedAtEveryByteOfTheHandshake(TlsVersion version) throws Exception {
    byte[] hello = hello(version);
    int count = 0;
    for (int at = 0; at <= hello.length; at += Math.max(1, hello.length / 12)) {
      TcpClient client = TcpClient.connect(terminator.address());
      client.write(java.util.Arrays.copyOf(hello, at));
      client.reset();
      count++;
    }
    for (int i = 0; i < 10; i++) {
      RawTlsClient client = terminator.client().only(version).raw(terminator.address());
      client.sendRaw(client.clientHello());
      client.tcp().readExactly(1 + 50 * i);
      client.reset();
      count++;
    }
    int opened = count;
    await()
        .atMost(RunningTerminator.PATIENCE)
        .until(
            () ->
                terminator.totals().count(WorkerCount.CONNECTIONS_ACTIVE) == 1
                    && terminator.totals().count(WorkerCount.CONNECTIONS_TOTAL) >= opened);
  }

  @Test
  void floodsWithinTheHandshakeAreCut() throws Exception {
    byte[] changes = repeated(new byte[] {20, 3, 3, 0, 1, 1}, 2_000);
    byte[] alerts = repeated(new byte[] {ALERT, 3, 3, 0, 2, 1, 90}, 2_000);
    List<byte[]> floods = new ArrayList<>(List.of(changes, alerts));
    for (TlsVersion version : TlsVersion.values()) {
      for (byte[] flood : floods) {
        try (RawTlsClient client = terminator.client().only(version).raw(terminator.address())) {
          client.sendRaw(client.clientHello());
          client.tcp().readExactly(1);
          client.tcp().writeAvailable(flood);
          client.readRawToEnd();
        }
        echo(neighbour);
      }
    }
    await()
        .atMost(RunningTerminator.PATIENCE)
        .until(() -> terminator.totals().count(WorkerCount.CONNECTIONS_ACTIVE) == 1);
  }

  private long failures() {
    long failures = 0;
    for (CloseReason reason :
        List.of(
            CloseReason.HANDSHAKE_FAILED, CloseReason.PLAIN_HTTP, CloseReason.HANDSHAKE_ABORTED)) {
      failures += terminator.closes(reason);
    }
    return failures;
  }

  private byte[] hello() throws Exception {
    return hello(TlsVersion.TLS_1_3);
  }

  private byte[] hello(TlsVersion version) throws Exception {
    try (RawTlsClient client = terminator.client().only(version).raw(terminator.address())) {
      return client.clientHello();
    }
  }

  private Worker worker() {
    return terminator.terminator().workers().workers().get(0);
  }

  private static byte[] repeated(byte[] record, int times) {
    byte[] all = new byte[record.length * times];
    for (int i = 0; i < all.length; i++) {
      all[i] = record[i % record.length];
    }
    return all;
  }

  private static void echo(TlsConnection connection) throws Exception {
    connection.write("ping");
    assertThat(connection.readExactly(4)).asString().isEqualTo("ping");
  }
}
