package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.testkit.ClientCrowd;
import io.terminator.testkit.Deterministic;
import io.terminator.testkit.RawTlsClient;
import io.terminator.testkit.RecordForge;
import io.terminator.testkit.ScriptedBackend;
import io.terminator.testkit.SocketPeer;
import io.terminator.testkit.TcpClient;
import io.terminator.testkit.TlsClient;
import io.terminator.testkit.TlsVersion;
import io.terminator.testkit.Witness;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The memory, descriptors and processor time that any attack costs one process are bounded, and
 * another client is served meanwhile. {@link HostileHandshakeIT} and {@link HostileRecordIT} test
 * what happens to the attackers.
 */
class AttackCostIT {
  private static final int MANY = 300;
  private static final int SOME = 40;
  private static final int FEW = 10;
  private static final byte[] LONG = Deterministic.bytes(3, 4 << 20);

  private static ScriptedBackend backend;
  private static ApplianceProcess appliance;

  /**
   * The actions of one side; {@code sockets} is the maximum number of connections that it opens.
   */
  private record Attack(String name, int sockets, Course course) {
    private interface Course {
      void run(TlsClient client) throws Exception;
    }

    @Override
    public String toString() {
      return name;
    }
  }

  private static final List<Attack> ATTACKS =
      List.of(
          new Attack("hellos byte by byte", SOME, AttackCostIT::hellosByteByByte),
          new Attack("halves of hellos", MANY, AttackCostIT::halvesOfHellos),
          new Attack("handshakes that stop", MANY, AttackCostIT::handshakesThatStop),
          new Attack("records that stop", SOME, AttackCostIT::recordsThatStop),
          new Attack("bodies byte by byte", SOME, AttackCostIT::bodiesByteByByte),
          new Attack("connect and leave", 1_000, AttackCostIT::connectAndLeave),
          new Attack("nonsense", MANY, AttackCostIT::nonsense),
          new Attack("tickets, good and damaged", MANY, AttackCostIT::tickets),
          new Attack("alerts and key changes in the handshake", FEW, AttackCostIT::alerts),
          new Attack("records without content", FEW, AttackCostIT::recordsWithoutContent),
          new Attack("warnings", FEW, AttackCostIT::warnings),
          new Attack("key updates or renegotiations", FEW, AttackCostIT::rekeying),
          new Attack("resets anywhere", SOME, AttackCostIT::resets),
          new Attack("clients that do not read", FEW, client -> ask(client, 'f', FEW)),
          new Attack("a backend that refuses", SOME, AttackCostIT::refused),
          new Attack("a backend that hangs", FEW, client -> ask(client, 'h', FEW)),
          new Attack("a backend that resets in its answer", FEW, client -> ask(client, 'r', FEW)),
          new Attack("a backend that answers too late", FEW, client -> ask(client, 'l', FEW)),
          new Attack("a backend that ends its direction", FEW, client -> ask(client, 'e', FEW)));

  @BeforeAll
  static void start() throws IOException {
    backend = ScriptedBackend.start(AttackCostIT::answer);
    appliance =
        ApplianceProcess.before(
            backend.address(),
            List.of(),
            "memory: { frames: 16MiB }\n" + KeyLog.SETTING,
            ", routes: [ { sni: refused.example, backend: refused } ]",
            "  refused: { servers: [\"127.0.0.1:1\"], connect: { attempts: 1 } }\n");
  }

  @AfterAll
  static void stop() throws Exception {
    appliance.close();
    backend.close();
  }

  static Stream<Arguments> attacks() {
    return ATTACKS.stream()
        .flatMap(
            attack ->
                Arrays.stream(TlsVersion.values()).map(version -> Arguments.of(attack, version)));
  }

  @ParameterizedTest
  @MethodSource("attacks")
  void isBoundedAndUnnoticed(Attack attack, TlsVersion version) throws Exception {
    TlsClient client = appliance.client().only(version);
    long descriptors = appliance.process().descriptors();

    Witness.Seen seen =
        Witness.of(
            () -> attack.course().run(client.fresh()),
            appliance.process(),
            client.fresh(),
            appliance.address());

    assertThat(seen.longest()).as("another client's longest wait").isLessThan(seconds(3));
    assertThat(seen.cpu()).as("processor time").isLessThan(seconds(4));
    // Frames and heap that are taken once and kept for the next are within this.
    assertThat(seen.moreBytes()).as("memory").isLessThan(96L << 20);
    // Each attacker's own and its backend's, and those of the witness.
    assertThat(seen.moreDescriptors()).isLessThanOrEqualTo(2L * attack.sockets() + 8);
    await()
        .atMost(RunningTerminator.PATIENCE)
        .untilAsserted(
            () -> {
              assertThat(appliance.metric("terminator_connections_active{listener=\"web\",}"))
                  .isZero();
              assertThat(appliance.metric("terminator_frames_used")).isLessThanOrEqualTo(0);
              assertThat(appliance.process().descriptors()).isLessThanOrEqualTo(descriptors + 3);
            });
    assertThat(appliance.metric("terminator_internal_errors_total")).isLessThanOrEqualTo(0);
  }

  private static void hellosByteByByte(TlsClient client) throws Exception {
    byte[] hello = hello(client);
    List<TcpClient> slow = new ArrayList<>();
    try {
      for (int i = 0; i < SOME; i++) {
        slow.add(TcpClient.connect(appliance.address()));
      }
      for (int at = 0; at < hello.length - 1; at++) {
        for (TcpClient one : slow) {
          one.write(new byte[] {hello[at]});
        }
      }
    } finally {
      for (TcpClient one : slow) {
        one.close();
      }
    }
  }

  private static void halvesOfHellos(TlsClient client) throws Exception {
    byte[] hello = hello(client);
    crowd(Arrays.copyOf(hello, hello.length / 2));
  }

  private static void handshakesThatStop(TlsClient client) throws Exception {
    try (ClientCrowd crowd = ClientCrowd.open(appliance.address(), MANY, hello(client))) {
      crowd.await(
          "answers", report -> report.bytesReceived() > MANY * 500L, RunningTerminator.PATIENCE);
    }
  }

  private static void recordsThatStop(TlsClient client) throws Exception {
    each(
        client,
        SOME,
        stopped -> stopped.writePartially(Deterministic.bytes(5, 1_000), 3),
        stopped -> {});
  }

  private static void bodiesByteByByte(TlsClient client) throws Exception {
    List<byte[]> records = new ArrayList<>();
    each(
        client,
        SOME,
        slow -> records.add(slow.encrypt(Deterministic.bytes(6, 200))),
        slow -> {
          byte[] record = records.remove(0);
          for (int at = 0; at < record.length - 1; at++) {
            slow.sendRaw(new byte[] {record[at]});
          }
        });
  }

  private static void connectAndLeave(TlsClient client) {
    try (ClientCrowd crowd = ClientCrowd.open(appliance.address(), 1_000, new byte[0])) {
      crowd.awaitSettled(RunningTerminator.PATIENCE);
    }
  }

  private static void nonsense(TlsClient client) throws Exception {
    List<Nonsense> all = Nonsense.inPlaceOf(hello(client));
    try (ClientCrowd crowd =
        ClientCrowd.open(
            appliance.address(), MANY, number -> all.get(number % all.size()).bytes(), List.of())) {
      crowd.awaitClosed(MANY, RunningTerminator.PATIENCE);
    }
  }

  /**
   * A third of the clients resume, a third send a modified ticket of Terminator, and a third an
   * invented ticket.
   */
  private static void tickets(TlsClient client) throws Exception {
    try (RawTlsClient first = client.raw(appliance.address()).handshake()) {
      first.write(new byte[] {'?'});
      first.readExactly(1);
      first.finishOutput();
      first.readToEnd();
    }
    byte[] good = hello(client);
    byte[] changed = good.clone();
    changed[changed.length - 70] ^= 1;
    byte[] forged =
        new HelloForge(hello(client.fresh())).without(35).with(35, new byte[2_000]).bytes();
    List<byte[]> hellos = List.of(good, changed, forged);
    try (ClientCrowd crowd =
        ClientCrowd.open(appliance.address(), MANY, number -> hellos.get(number % 3), List.of())) {
      crowd.await(
          "answers", report -> report.bytesReceived() > MANY * 60L, RunningTerminator.PATIENCE);
    }
  }

  private static void alerts(TlsClient client) throws Exception {
    byte[] flood = new byte[2_000 * 13];
    for (int at = 0; at < flood.length; at += 13) {
      // A warning and a change_cipher_spec.
      System.arraycopy(new byte[] {21, 3, 3, 0, 2, 1, 90, 20, 3, 3, 0, 1, 1}, 0, flood, at, 13);
    }
    for (int i = 0; i < FEW; i++) {
      try (RawTlsClient one = client.raw(appliance.address())) {
        one.sendRaw(one.clientHello());
        one.tcp().readExactly(1);
        one.tcp().writeAvailable(flood);
        one.readRawToEnd();
      }
    }
  }

  private static void recordsWithoutContent(TlsClient client) throws Exception {
    flood(client, RecordForge.APPLICATION_DATA, new byte[0]);
  }

  private static void warnings(TlsClient client) throws Exception {
    flood(client, RecordForge.ALERT, new byte[] {1, 90});
  }

  private static void flood(TlsClient client, int type, byte[] content) throws Exception {
    each(
        client.ciphers(RecordForge.SUITES),
        FEW,
        one -> {},
        one -> {
          RecordForge forge = KeyLog.forge(appliance.directory(), one);
          floodUntilCut(one, () -> forge.record(type, content));
        });
  }

  private static void rekeying(TlsClient client) throws Exception {
    each(client, FEW, one -> floodUntilCut(one, one::rekey), one -> {});
  }

  private static void resets(TlsClient client) throws Exception {
    byte[] hello = hello(client);
    for (int i = 0; i < SOME / 2; i++) {
      TcpClient early = TcpClient.connect(appliance.address());
      early.write(Arrays.copyOf(hello, hello.length * i * 2 / SOME));
      early.reset();
      RawTlsClient late = client.fresh().raw(appliance.address()).handshake();
      byte[] record = late.encrypt(Deterministic.bytes(i, 10_000));
      late.sendRaw(Arrays.copyOf(record, record.length * i * 2 / SOME));
      late.reset();
    }
  }

  private static void refused(TlsClient client) throws Exception {
    TlsClient elsewhere = client.serverName("refused.example");
    for (int i = 0; i < SOME; i++) {
      try (RawTlsClient one = elsewhere.raw(appliance.address())) {
        one.handshake();
        one.readToEnd();
      } catch (IOException cutAtOnce) {
        // The end may come with the handshake's last flight.
      }
    }
  }

  /** Clients that send this command to the backend, do not read, and end with a reset. */
  private static void ask(TlsClient client, char order, int count) throws Exception {
    each(
        client,
        count,
        one -> one.write(new byte[] {(byte) order}),
        one -> one.tcp().isReadable(Duration.ofMillis(50)));
  }

  /** The backend's action, selected by the first byte that it receives; it echoes anything else. */
  private static void answer(SocketPeer peer) throws IOException {
    byte[] piece = new byte[1 << 14];
    int length = peer.read(piece);
    try {
      switch (length < 0 ? 'h' : piece[0]) {
        case 'f' -> peer.write(LONG);
        case 'h' -> peer.awaitEnd();
        case 'r' -> {
          peer.write(LONG, 100_000);
          peer.reset();
        }
        case 'l' -> {
          peer.awaitEnd();
          peer.write(LONG);
        }
        case 'e' -> {
          peer.finishOutput();
          peer.awaitEnd();
        }
        default -> {
          for (; length >= 0; length = peer.read(piece)) {
            peer.write(piece, length);
          }
        }
      }
    } catch (IOException clientLeft) {
      // As attackers do.
    }
  }

  private interface Step {
    void of(RawTlsClient client) throws Exception;
  }

  /** Runs {@code first} for each client, then {@code second} for each, then resets all of them. */
  private static void each(TlsClient client, int count, Step first, Step second) throws Exception {
    List<RawTlsClient> all = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        RawTlsClient one = client.raw(TcpClient.connect(appliance.address(), 4096));
        all.add(one);
        first.of(one.handshake());
      }
      for (RawTlsClient one : all) {
        second.of(one);
      }
    } finally {
      for (RawTlsClient one : all) {
        one.reset();
      }
    }
  }

  private interface Message {
    byte[] next() throws IOException;
  }

  private static void floodUntilCut(RawTlsClient client, Message message) throws IOException {
    try {
      for (int i = 0; i < 200; i++) {
        client.sendRaw(message.next());
      }
    } catch (IOException alreadyCut) {
      // Its end is read below.
    }
    client.readRawToEnd();
  }

  private static void crowd(byte[] bytes) {
    try (ClientCrowd crowd = ClientCrowd.open(appliance.address(), MANY, bytes)) {
      crowd.awaitSettled(RunningTerminator.PATIENCE);
    }
  }

  private static byte[] hello(TlsClient client) throws IOException {
    try (RawTlsClient one = client.raw(appliance.address())) {
      return one.clientHello();
    }
  }

  private static Duration seconds(long count) {
    return Duration.ofSeconds(count);
  }
}
