package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.testkit.H2Client;
import io.terminator.testkit.ScriptedBackend;
import io.terminator.testkit.SocketPeer;
import io.terminator.testkit.TlsClient;
import io.terminator.testkit.Witness;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * As {@link AttackCostIT}, for clients that abuse HTTP/2: what any flood costs one process is
 * bounded, each is counted by its reason, and another client of the same listener is served
 * meanwhile.
 */
class Http2AttackCostIT {
  private static final int FEW = 10;
  private static final int SOME = 40;
  private static final int FRAMES = 20_000;
  private static final int BATCH = 200;
  private static final byte[] WINDOW_OF_NONE = {0, 0, 0, 0};

  private static ScriptedBackend backend;
  private static ApplianceProcess appliance;

  /** {@code violation} is the reason that counts it; null if requests are answered. */
  private record Attack(String name, @Nullable String violation, int sockets, Course course) {
    private interface Course {
      void run(TlsClient client) throws Exception;
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /** The bytes of one round; {@code id} is a stream that was not used before. */
  private interface Round {
    byte[] bytes(int id);
  }

  private static final byte[] GET = H2Client.block(H2Client.request("GET", "/slow"));

  static List<Attack> attacks() {
    return List.of(
        flood(
            "rapid reset",
            "reset_flood",
            id -> joined(request(id), frame(H2Client.RST_STREAM, 0, id, new byte[] {0, 0, 0, 8}))),
        flood(
            "resets that the client provokes",
            "provoked_reset_flood",
            id -> joined(request(id), frame(H2Client.WINDOW_UPDATE, 0, id, WINDOW_OF_NONE))),
        flood(
            "malformed requests",
            "provoked_reset_flood",
            id -> frame(H2Client.HEADERS, 5, id, H2Client.block("x: y"))),
        flood(
            "continuations",
            "continuation_flood",
            id ->
                id == 1
                    ? frame(H2Client.HEADERS, 1, 1, GET)
                    : frame(H2Client.CONTINUATION, 0, 1, H2Client.block("x: y"))),
        flood("settings", "settings_flood", id -> frame(H2Client.SETTINGS, 0, 0, new byte[0])),
        flood("pings", "ping_flood", id -> frame(H2Client.PING, 0, 0, new byte[8])),
        flood(
            "DATA without bytes",
            "empty_frame_flood",
            id ->
                id == 1
                    ? frame(
                        H2Client.HEADERS, 4, 1, H2Client.block(H2Client.request("POST", "/slow")))
                    : frame(H2Client.DATA, 0, 1, new byte[0])),
        flood(
            "window updates",
            "frame_flood",
            id -> frame(H2Client.WINDOW_UPDATE, 0, 0, new byte[] {0, 0, 0, 1})),
        flood(
            "priorities",
            "frame_flood",
            id -> frame(H2Client.PRIORITY, 0, id, new byte[] {0, 0, 0, 0, 9})),
        flood("HPACK bombs", "provoked_reset_flood", Http2AttackCostIT::bomb),
        new Attack("windows that stay closed", "stalled_stream", FEW, c -> stalls(c, 0)),
        new Attack("clients that do not read", null, FEW, c -> stalls(c, Integer.MAX_VALUE)),
        new Attack("heads byte by byte", "slow_frame", SOME, Http2AttackCostIT::slowHeads));
  }

  @BeforeAll
  static void start() throws IOException {
    backend = ScriptedBackend.start(Http2AttackCostIT::answer);
    appliance =
        ApplianceProcess.before(
            backend.address(),
            List.of(),
            "memory: { frames: 16MiB }\n",
            ", http: { deadlines: { head: 1s, body: 1s } }"
                + ", routes: [ { sni: raw.example, mode: terminate, backend: app } ]");
  }

  @AfterAll
  static void stop() throws Exception {
    appliance.close();
    backend.close();
  }

  @ParameterizedTest
  @MethodSource("attacks")
  void isBoundedAndUnnoticed(Attack attack) throws Exception {
    long descriptors = appliance.process().descriptors();
    double counted = count(attack.violation());

    Witness.Seen seen =
        Witness.of(
            () -> attack.course().run(appliance.client().alpn("h2")),
            appliance.process(),
            appliance.client().serverName("raw.example"),
            appliance.address());

    assertThat(seen.longest())
        .as("another client's longest wait")
        .isLessThan(Duration.ofSeconds(3));
    assertThat(seen.cpu()).as("processor time").isLessThan(Duration.ofSeconds(6));
    assertThat(seen.moreBytes()).as("memory").isLessThan(96L << 20);
    // Each stream can have a connection to a server.
    assertThat(seen.moreDescriptors()).isLessThanOrEqualTo(101L * attack.sockets() + 8);
    await()
        .atMost(RunningTerminator.PATIENCE)
        .untilAsserted(
            () -> {
              assertThat(appliance.metric("terminator_connections_active{listener=\"web\",}"))
                  .isZero();
              assertThat(appliance.metric("terminator_frames_used")).isLessThanOrEqualTo(0);
              assertThat(appliance.process().descriptors()).isLessThanOrEqualTo(descriptors + 68);
            });
    assertThat(appliance.metric("terminator_internal_errors_total")).isLessThanOrEqualTo(0);
    if (attack.violation() != null) {
      assertThat(count(attack.violation())).isGreaterThan(counted);
    }
  }

  private static double count(@Nullable String violation) throws IOException {
    return violation == null
        ? 0
        : Math.max(
            0,
            appliance.metric("terminator_http2_violations_total{reason=\"" + violation + "\",}"));
  }

  private static Attack flood(String name, String violation, Round round) {
    return new Attack(
        name,
        violation,
        FEW,
        client -> {
          for (int i = 0; i < FEW; i++) {
            try (H2Client one = H2Client.over(client.connect(appliance.address())).begin()) {
              floodUntilCut(one, round);
            }
          }
        });
  }

  private static void floodUntilCut(H2Client client, Round round) throws IOException {
    try {
      for (int sent = 0; sent < FRAMES; sent += BATCH) {
        ByteArrayOutputStream batch = new ByteArrayOutputStream();
        for (int i = 0; i < BATCH; i++) {
          batch.writeBytes(round.bytes(1 + 2 * (sent + i)));
        }
        client.peer().write(batch.toByteArray());
      }
      // The rest is read and dropped, so that it does not destroy GOAWAY.
      assertThat(client.awaitGoAway().code()).isEqualTo(11);
    } catch (IOException cut) {
      // The connection was closed before the flood was over.
    }
  }

  /** A field of 4,000 bytes in the table, and a block that names it over and over. */
  private static byte[] bomb(int id) {
    byte[] entry = H2Client.block("x-bomb: " + "b".repeat(3_900));
    entry[0] = 0x40;
    byte[] block = Arrays.copyOf(GET, GET.length + (id == 1 ? entry.length : 0) + 4_000);
    int at = GET.length;
    if (id == 1) {
      System.arraycopy(entry, 0, block, at, entry.length);
      at += entry.length;
    }
    Arrays.fill(block, at, block.length, (byte) 0xbe);
    return frame(H2Client.HEADERS, 5, id, block);
  }

  private static void stalls(TlsClient client, int window) throws Exception {
    List<H2Client> all = new ArrayList<>();
    try {
      for (int i = 0; i < FEW; i++) {
        H2Client one = H2Client.over(client.connect(appliance.address())).begin(4, window);
        all.add(one);
        if (window > 0) {
          one.windowUpdate(0, window - 65_535);
        }
        for (int id = 1; id < 60; id += 2) {
          one.get(id, "/large");
        }
      }
      for (H2Client one : all) {
        if (window == 0) {
          one.await(H2Client.RST_STREAM);
        }
      }
      if (window > 0) {
        await()
            .atMost(RunningTerminator.PATIENCE)
            .until(
                () ->
                    count("stalled_connection") + count("stalled_stream") >= FEW
                        || appliance.metric("terminator_frames_used") <= 0);
      }
    } finally {
      for (H2Client one : all) {
        one.close();
      }
    }
  }

  private static void slowHeads(TlsClient client) throws Exception {
    List<H2Client> all = new ArrayList<>();
    byte[] head = frame(H2Client.HEADERS, 5, 1, GET);
    try {
      for (int i = 0; i < SOME; i++) {
        all.add(H2Client.over(client.connect(appliance.address())).begin());
      }
      for (int at = 0; at < head.length / 2; at++) {
        for (H2Client one : all) {
          one.peer().write(new byte[] {head[at]});
        }
      }
      for (H2Client one : all) {
        assertThat(one.awaitGoAway().code()).isEqualTo(11);
      }
    } finally {
      for (H2Client one : all) {
        one.close();
      }
    }
  }

  private static byte[] request(int id) {
    return frame(H2Client.HEADERS, 5, id, GET);
  }

  private static byte[] frame(int type, int flags, int stream, byte[] payload) {
    return H2Client.bytes(type, flags, stream, payload);
  }

  private static byte[] joined(byte[] first, byte[] second) {
    return ByteBuffer.allocate(first.length + second.length).put(first).put(second).array();
  }

  /** Answers requests, and echoes anything else. */
  private static void answer(SocketPeer peer) throws IOException {
    byte[] piece = new byte[1 << 14];
    int length = peer.read(piece);
    try {
      String begin = length < 0 ? "" : new String(piece, 0, Math.min(length, 20), "ISO-8859-1");
      if (begin.startsWith("GET /large")) {
        peer.write("HTTP/1.1 200 OK\r\nContent-Length: 4000000\r\n\r\n");
        peer.write(new byte[4_000_000]);
      } else if (begin.startsWith("GET") || begin.startsWith("POST")) {
        peer.awaitEnd();
      } else {
        for (; length >= 0; length = peer.read(piece)) {
          peer.write(piece, length);
        }
      }
    } catch (IOException clientLeft) {
      // As attackers do.
    }
  }
}
