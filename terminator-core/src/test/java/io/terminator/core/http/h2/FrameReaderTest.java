package io.terminator.core.http.h2;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.core.frame.Scratch;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FrameReaderTest {
  private final Scratch memory = new Scratch(1 << 20).lease();
  private final ByteBuffer wire = memory.buffer();
  private int end;

  @Test
  void readsEveryTypeOfFrame() {
    frame(FrameType.SETTINGS, 0, 0, new byte[] {0, 4, 0, 0, 0, 9});
    frame(FrameType.SETTINGS, FrameType.ACK, 0, new byte[0]);
    frame(FrameType.HEADERS, FrameType.END_HEADERS, 1, "head");
    frame(FrameType.DATA, 0, 1, "body");
    frame(FrameType.DATA, FrameType.END_STREAM, 1, "");
    frame(FrameType.PING, 0, 0, new byte[] {0, 0, 0, 0, 0, 0, 0, 5});
    frame(FrameType.WINDOW_UPDATE, 0, 1, new byte[] {0, 0, 1, 0});
    frame(FrameType.RST_STREAM, 0, 1, new byte[] {0, 0, 0, 8});
    frame(FrameType.GOAWAY, 0, 0, new byte[] {0, 0, 0, 1, 0, 0, 0, 11, 'x'});
    frame(FrameType.PRIORITY, 0, 3, new byte[] {0, 0, 0, 1, 7});
    frame(FrameType.PRIORITY_UPDATE, 0, 0, new byte[] {0, 0, 0, 3, 'u', '=', '0'});
    frame(0xab, 0xff, 77, "ignored");

    assertThat(read(end))
        .containsExactly(
            "settings 4=9",
            "settings ack",
            "headers 1 false -1 head true",
            "data 1 4 body",
            "data 1 0  end",
            "ping false 5",
            "window 1 256",
            "reset 1 8",
            "goaway 1 11",
            "priority 3 1",
            "priority-update 3 u=0",
            "unknown 171");
  }

  @Test
  void removesPaddingAndPriorityFromTheirFrames() {
    frame(FrameType.DATA, FrameType.PADDED, 1, "\003bodyxxx");
    frame(FrameType.DATA, FrameType.PADDED | FrameType.END_STREAM, 1, "\002xx");
    frame(
        FrameType.HEADERS,
        FrameType.PADDED | FrameType.PRIORITIZED | FrameType.END_STREAM,
        3,
        "\001\000\000\000\001\007headx");
    frame(FrameType.CONTINUATION, FrameType.END_HEADERS, 3, "more");

    assertThat(read(end))
        .containsExactly(
            "data 1 8 body",
            "data 1 3  end",
            "headers 3 true 1 head false",
            "continuation 3 more true");
  }

  @Test
  void anyFragmentationYieldsTheSameFrames() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 200; i++) {
      addRandomFrame(random);
    }
    var whole = read(end);

    for (int round = 0; round < 20; round++) {
      RecordedFrames parts = new RecordedFrames();
      FrameReader reader = new FrameReader(parts);
      int at = 0;
      int most = 1 << random.nextInt(15);
      while (at < end) {
        int next = Math.min(end, at + 1 + random.nextInt(most));
        reader.read(memory, at, next);
        at = next;
      }
      reader.stop();
      parts.onUnknown(0);
      assertThat(parts.events)
          .as("seed %d, round %d", seed, round)
          .startsWith(whole.toArray(String[]::new));
    }
  }

  @Test
  void betweenFramesNoMemoryIsTaken() {
    frame(FrameType.HEADERS, FrameType.END_HEADERS, 1, "head");
    FrameReader reader = new FrameReader(new RecordedFrames());

    reader.read(memory, 0, 5);
    assertThat(reader.keptBytes()).isEqualTo(64);
    assertThat(reader.isWithinFrame()).isTrue();
    reader.read(memory, 5, end);

    assertThat(reader.keptBytes()).isZero();
    assertThat(reader.isWithinFrame()).isFalse();
  }

  @Test
  void memoryGrowsWithWhatArrivedAndNotWithWhatIsPromised() {
    FrameWriter.header(wire, 0, FrameReader.LARGEST, FrameType.HEADERS, 0, 1);
    FrameReader reader = new FrameReader(new RecordedFrames());

    reader.read(memory, 0, FrameReader.HEADER + 100);

    assertThat(reader.keptBytes()).isLessThan(256);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0, 0, 1, STREAM_ID",
    "0, 0, 1, 16385, FRAME_SIZE",
    "0, 8, 1, 0, FRAME_SIZE",
    "1, 4, 0, 1, STREAM_ID",
    "1, 40, 1, 5, FRAME_SIZE",
    "2, 0, 0, 5, STREAM_ID",
    "3, 0, 0, 4, STREAM_ID",
    "3, 0, 1, 3, FRAME_SIZE",
    "4, 0, 1, 0, STREAM_ID",
    "4, 0, 0, 7, FRAME_SIZE",
    "4, 1, 0, 6, FRAME_SIZE",
    "5, 4, 1, 4, PUSH",
    "6, 0, 1, 8, STREAM_ID",
    "6, 0, 0, 7, FRAME_SIZE",
    "7, 0, 1, 8, STREAM_ID",
    "7, 0, 0, 7, FRAME_SIZE",
    "8, 0, 1, 3, FRAME_SIZE",
    "9, 4, 1, 1, CONTINUATION",
    "16, 0, 1, 8, STREAM_ID",
    "16, 0, 0, 3, FRAME_SIZE",
    "170, 0, 0, 16385, FRAME_SIZE",
  })
  void refusesAFrameByItsHeader(int type, int flags, int stream, int length, Violation expected) {
    FrameWriter.header(wire, 0, length, type, flags, stream);

    assertThat(read(FrameReader.HEADER)).contains("violation " + stream + " " + expected);
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "1, 1", "9, 3", "170, 1"})
  void withinAHeaderBlockOnlyItsContinuationMayFollow(int type, int stream) {
    frame(FrameType.HEADERS, 0, 1, "head");
    frame(type, FrameType.END_HEADERS, stream, "x");

    assertThat(read(end)).last().isEqualTo("violation " + stream + " CONTINUATION");
  }

  @Test
  void refusesPaddingThatIsLongerThanItsFrame() {
    frame(FrameType.DATA, FrameType.PADDED, 1, "\004xxx");
    assertThat(read(end)).last().isEqualTo("violation 1 PADDING");

    end = 0;
    frame(FrameType.HEADERS, FrameType.PADDED | FrameType.END_HEADERS, 1, "\004xxx");
    assertThat(read(end)).last().isEqualTo("violation 1 PADDING");
  }

  @Test
  void aPriorityOfTheWrongSizeIsTheStreamsFaultOnly() {
    frame(FrameType.PRIORITY, 0, 1, "xxxx");
    frame(FrameType.PING, 0, 0, "12345678");

    assertThat(read(end)).first().isEqualTo("violation 1 PRIORITY_SIZE");
    assertThat(read(end)).hasSize(2);
  }

  private java.util.List<String> read(int to) {
    RecordedFrames frames = new RecordedFrames();
    new FrameReader(frames).read(memory, 0, to);
    frames.onUnknown(0);
    frames.events.remove(frames.events.size() - 1);
    return frames.events;
  }

  private void frame(int type, int flags, int stream, String payload) {
    frame(type, flags, stream, payload.getBytes(ISO_8859_1));
  }

  private void frame(int type, int flags, int stream, byte[] payload) {
    int at = FrameWriter.header(wire, end, payload.length, type, flags, stream);
    wire.put(at, payload);
    end = at + payload.length;
  }

  private void addRandomFrame(Random random) {
    byte[] text = new byte[random.nextInt(random.nextInt(20) == 0 ? 3000 : 40)];
    for (int i = 0; i < text.length; i++) {
      text[i] = (byte) ('a' + random.nextInt(26));
    }
    int stream = 1 + 2 * random.nextInt(5);
    switch (random.nextInt(8)) {
      case 0 -> frame(FrameType.DATA, random.nextInt(2), stream, text);
      case 1 -> {
        byte[] padded = new byte[1 + text.length + 9];
        padded[0] = 9;
        System.arraycopy(text, 0, padded, 1, text.length);
        frame(FrameType.DATA, FrameType.PADDED | random.nextInt(2), stream, padded);
      }
      case 2 -> frame(FrameType.HEADERS, FrameType.END_HEADERS | random.nextInt(2), stream, text);
      case 3 -> {
        frame(FrameType.HEADERS, random.nextInt(2), stream, text);
        frame(FrameType.CONTINUATION, 0, stream, text);
        frame(FrameType.CONTINUATION, FrameType.END_HEADERS, stream, text);
      }
      case 4 -> frame(FrameType.PING, random.nextInt(2), 0, "12345678");
      case 5 -> frame(FrameType.WINDOW_UPDATE, 0, stream, "1234");
      case 6 -> frame(0xee, random.nextInt(256), stream, text);
      default -> frame(FrameType.RST_STREAM, 0, stream, "1234");
    }
  }
}
