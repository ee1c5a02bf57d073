package io.terminator.core.http.h2;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.terminator.core.frame.Scratch;
import io.terminator.core.http.exchange.ExchangeConfig;
import io.terminator.core.http.message.Head;
import io.terminator.core.http.message.HeadKind;
import io.terminator.core.http.message.Heads;
import io.terminator.core.observe.WorkerCount;
import io.terminator.testkit.H2Client;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Frames do not depend on how their bytes are cut; a head that is accepted is read as the same head
 * after it was written; no input of a client is a fault of the worker. To fuzz: {@code
 * JAZZER_FUZZ=1 mvn -pl terminator-core -am test -Dtest=H2FuzzTest#read
 * -Dsurefire.failIfNoSpecifiedTests=false}, or {@code #converse}.
 */
class H2FuzzTest {
  private static final int PIECES = 16;
  private static final int MOST_BYTES = 4096;
  private static final int MOST_FIELDS = 32;
  private static final int MOST_BLOCK = 16 * 1024;

  @FuzzTest(maxDuration = "10m")
  void read(byte[] sent) {
    checkFrames(sent);
    checkBlock(Arrays.copyOf(sent, Math.min(sent.length, MOST_BLOCK / 2)));
  }

  @FuzzTest(maxDuration = "10m")
  void converse(byte[] sent) throws IOException {
    try (TestServer server = new TestServer(ExchangeConfig.DEFAULT)) {
      checkConversation(server, sent);
    }
  }

  @Test
  void randomFramesAreReadAlikeHoweverTheyAreCut() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 500; i++) {
      byte[] sent = randomFrames(random, 1 + random.nextInt(6));
      try {
        checkFrames(sent);
      } catch (AssertionError | RuntimeException wrong) {
        throw new AssertionError("seed " + seed + ", round " + i, wrong);
      }
    }
  }

  @Test
  void randomBlocksAreRefusedOrReadAlike() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 5_000; i++) {
      byte[] sent = randomBlock(random);
      try {
        checkBlock(sent);
      } catch (AssertionError | RuntimeException wrong) {
        throw new AssertionError("seed " + seed + ", round " + i, wrong);
      }
    }
  }

  @Test
  void randomClientsAreNoFaultOfTheWorker() throws IOException {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    try (TestServer server = new TestServer(ExchangeConfig.DEFAULT)) {
      for (int i = 0; i < 60; i++) {
        try {
          checkConversation(server, randomFrames(random, 1 + random.nextInt(30)));
        } catch (AssertionError | RuntimeException wrong) {
          throw new AssertionError("seed " + seed + ", round " + i, wrong);
        }
      }
    }
  }

  private static void checkFrames(byte[] sent) {
    List<String> whole = events(sent, Math.max(1, sent.length));
    List<String> parts = events(sent, Math.max(1, sent.length / PIECES));
    assertThat(parts).isEqualTo(whole);
  }

  private static List<String> events(byte[] sent, int step) {
    try (Scratch memory = new Scratch(sent.length + 1).lease()) {
      memory.buffer().put(0, sent);
      RecordedFrames recorded = new RecordedFrames();
      FrameReader reader = new FrameReader(recorded);
      for (int at = 0; at < sent.length; at += step) {
        reader.read(memory, at, Math.min(sent.length, at + step));
      }
      recorded.onUnknown(-1);
      return recorded.events;
    }
  }

  private static void checkBlock(byte[] sent) {
    Heads heads = new Heads();
    IncomingFields fields = new IncomingFields();
    HeaderDecoder decoder = new HeaderDecoder(new HeaderDecoder.Input(MOST_BLOCK), fields);
    Head head = heads.take(HeadKind.REQUEST);
    fields.begin(head, MOST_BYTES, MOST_FIELDS);
    if (!decoder.decode(ByteBuffer.wrap(sent), 0, sent.length)) {
      return;
    }
    if (fields.finish(true, false) != null) {
      return;
    }
    HeaderEncoder encoder = new HeaderEncoder();
    int length = encoder.encode(head, true);
    Head again = heads.take(HeadKind.REQUEST);
    fields.begin(again, 2 * MOST_BYTES, 2 * MOST_FIELDS);
    HeaderDecoder fresh = new HeaderDecoder(new HeaderDecoder.Input(MOST_BLOCK), fields);
    assertThat(fresh.decode(encoder.block(), 0, length)).isTrue();
    @Nullable Violation violation = fields.finish(true, false);
    assertThat(violation).isNull();
    assertThat(again.text(again.methodText())).isEqualTo(head.text(head.methodText()));
    assertThat(again.text(again.authority())).isEqualTo(head.text(head.authority()));
    assertThat(again.text(again.path())).isEqualTo(head.text(head.path()));
  }

  /** Sends after the preface, in one piece, and sees that another client is answered. */
  private static void checkConversation(TestServer server, byte[] sent) throws IOException {
    try (H2Client hostile = server.connect().begin()) {
      hostile.peer().write(sent);
      hostile.peer().finishOutput();
    } catch (SocketException closedByServer) {
      // It may end the connection at any byte.
    }
    try (H2Client other = server.connect().begin()) {
      other.get(1, "/");
      assertThat(other.response(1).text()).isEqualTo("hello");
    }
    assertThat(server.worker().counts().get(WorkerCount.INTERNAL_ERRORS)).isZero();
  }

  private static byte[] randomFrames(Random random, int count) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    String[] paths = {"/", "/echo", "/slow", "/stuck", "/bytes/100000", "/trailers", "/early"};
    for (int i = 0; i < count; i++) {
      int stream = random.nextInt(8) == 0 ? random.nextInt(40) : 1 + 2 * random.nextInt(1 + i);
      int flags = random.nextInt(4) == 0 ? random.nextInt(256) : random.nextBoolean() ? 4 : 5;
      byte[] payload = new byte[random.nextInt(20)];
      random.nextBytes(payload);
      switch (random.nextInt(12)) {
        case 0, 1, 2, 3 -> {
          String path = paths[random.nextInt(paths.length)];
          byte[] block = H2Client.block(H2Client.request("POST", path));
          all.writeBytes(H2Client.bytes(H2Client.HEADERS, flags, stream, block));
        }
        case 4, 5 ->
            all.writeBytes(
                H2Client.bytes(H2Client.DATA, flags & 9, stream, new byte[random.nextInt(17_000)]));
        case 6 ->
            all.writeBytes(
                H2Client.bytes(H2Client.WINDOW_UPDATE, 0, stream & 3, Arrays.copyOf(payload, 4)));
        case 7 ->
            all.writeBytes(
                H2Client.bytes(H2Client.RST_STREAM, 0, stream, Arrays.copyOf(payload, 4)));
        case 8 ->
            all.writeBytes(
                H2Client.bytes(
                    H2Client.SETTINGS, 0, 0, new byte[] {0, 4, 0, 0, (byte) payload.length, 7}));
        case 9 -> all.writeBytes(H2Client.bytes(H2Client.PING, 0, 0, Arrays.copyOf(payload, 8)));
        case 10 -> all.writeBytes(H2Client.bytes(random.nextInt(20), flags, stream, payload));
        default -> all.writeBytes(payload);
      }
    }
    return all.toByteArray();
  }

  private static byte[] randomBlock(Random random) {
    String[] fields = {
      ":method: GET",
      ":method: CONNECT",
      ":scheme: https",
      ":authority: a.example",
      ":path: /a?b",
      ":path: *",
      ":protocol: websocket",
      "host: a.example",
      "x: y",
      "cookie: a=b",
      "content-length: 0",
      "te: trailers",
      "x-empty: ",
      "connection: close"
    };
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    for (int i = 0; i < 6; i++) {
      block.writeBytes(
          H2Client.block(fields[random.nextInt(4) == 0 ? random.nextInt(fields.length) : i]));
    }
    byte[] bytes = block.toByteArray();
    if (random.nextInt(3) == 0) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
    }
    return new String(bytes, StandardCharsets.ISO_8859_1).getBytes(StandardCharsets.ISO_8859_1);
  }
}
