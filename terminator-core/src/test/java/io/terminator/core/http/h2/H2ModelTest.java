package io.terminator.core.http.h2;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.core.http.exchange.ExchangeConfig;
import io.terminator.testkit.H2Client;
import io.terminator.testkit.H2Client.Frame;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/**
 * A client that acts at random, and a model of what it must see: no byte beyond a window, the bytes
 * of each stream complete and in order, one end per stream, nothing on a stream that it reset, and
 * in the end every response whose windows were opened.
 */
class H2ModelTest {
  private static final int STEPS = 400;

  /** What the model knows about a stream. */
  private static final class Expected {
    private final int length;
    private int received;
    private long window;
    private boolean head;
    private boolean ended;
    private boolean reset;

    Expected(int length, long window) {
      this.length = length;
      this.window = window;
    }

    boolean isOver() {
      return ended || reset;
    }
  }

  private final Map<Integer, Expected> streams = new HashMap<>();
  private long connectionWindow = 65_535;
  private int initialWindow;
  private int nextStream = 1;
  private long pings;
  private Runnable acknowledged = () -> {};

  @RepeatedTest(4)
  void streamsKeepToTheModel() throws IOException {
    run(System.nanoTime());
  }

  @Test
  void streamsKeepToTheModelWithAFixedSeed() throws IOException {
    run(42);
  }

  private void run(long seed) throws IOException {
    Random random = new Random(seed);
    initialWindow = random.nextInt(3) == 0 ? 0 : random.nextInt(70_000);
    try (TestServer server = new TestServer(ExchangeConfig.DEFAULT);
        H2Client client = server.connect().begin(4, initialWindow)) {
      try {
        for (int i = 0; i < STEPS; i++) {
          step(client, random);
          if (random.nextInt(4) == 0) {
            sync(client);
          }
        }
        finish(client);
      } catch (AssertionError | IOException wrong) {
        throw new AssertionError("seed " + seed, wrong);
      }
    }
  }

  private void step(H2Client client, Random random) throws IOException {
    switch (random.nextInt(7)) {
      case 0, 1 -> {
        if (open() < 60) {
          int length = random.nextInt(4) == 0 ? random.nextInt(300_000) : random.nextInt(3_000);
          int id = nextStream;
          nextStream += 2;
          streams.put(id, new Expected(length, initialWindow));
          String[] priority =
              random.nextBoolean()
                  ? new String[0]
                  : new String[] {
                    "priority: u=" + random.nextInt(8) + (random.nextBoolean() ? ", i" : "")
                  };
          client.headers(id, true, H2Client.request("GET", "/bytes/" + length, priority));
        }
      }
      case 2 -> {
        int more = 1 + random.nextInt(40_000);
        connectionWindow += more;
        client.windowUpdate(0, more);
      }
      case 3, 4 -> {
        int id = any(random);
        if (id > 0) {
          int more = 1 + random.nextInt(60_000);
          stream(id).window += more;
          client.windowUpdate(id, more);
        }
      }
      case 5 -> {
        int id = any(random);
        if (id > 0 && random.nextInt(3) == 0) {
          // Until the server has read it, more may arrive.
          sync(client);
          if (!stream(id).isOver()) {
            client.reset(id, 8);
            stream(id).reset = true;
          }
        }
      }
      default -> {
        // More would be a flood.
        if (random.nextInt(4) == 0) {
          changeWindow(client, random.nextInt(70_000));
        }
      }
    }
  }

  /** Applies to what the server sends after its acknowledgement. */
  private void changeWindow(H2Client client, int window) throws IOException {
    sync(client);
    acknowledged = () -> streams.values().forEach(each -> each.window += window - initialWindow);
    client.settings(4, window);
    sync(client);
    initialWindow = window;
  }

  private long open() {
    return streams.values().stream().filter(each -> !each.isOver()).count();
  }

  private int any(Random random) {
    int[] open =
        streams.entrySet().stream()
            .filter(each -> !each.getValue().isOver())
            .mapToInt(Map.Entry::getKey)
            .toArray();
    return open.length == 0 ? 0 : open[random.nextInt(open.length)];
  }

  private Expected stream(int id) {
    Expected known = streams.get(id);
    if (known == null) {
      throw new AssertionError("a frame of stream " + id + ", which was not opened");
    }
    return known;
  }

  /** Reads what the server has sent, up to its answer to a PING. */
  private void sync(H2Client client) throws IOException {
    client.ping(++pings);
    Frame frame;
    do {
      frame = client.read();
      check(frame);
    } while (frame.type() != H2Client.PING);
    assertThat(java.nio.ByteBuffer.wrap(frame.payload()).getLong()).isEqualTo(pings);
  }

  private void check(Frame frame) {
    switch (frame.type()) {
      case H2Client.HEADERS -> {
        Expected of = stream(frame.stream());
        assertThat(of.head).as("a second head: %s", frame).isFalse();
        of.head = true;
        of.ended = frame.has(H2Client.END_STREAM);
      }
      case H2Client.DATA -> {
        Expected of = stream(frame.stream());
        assertThat(of.head && !of.ended).as("%s", frame).isTrue();
        byte[] data = frame.payload();
        connectionWindow -= data.length;
        of.window -= data.length;
        assertThat(connectionWindow).as("the connection's window").isGreaterThanOrEqualTo(0);
        if (data.length > 0 && !of.reset) {
          assertThat(of.window).as("window of %s", frame).isGreaterThanOrEqualTo(0);
        }
        for (int i = 0; i < data.length; i++) {
          byte expected = (byte) ('a' + (of.length - of.received - i) % 26);
          assertThat(data[i]).as("byte %d of %s", of.received + i, frame).isEqualTo(expected);
        }
        of.received += data.length;
        of.ended = frame.has(H2Client.END_STREAM);
        if (of.ended) {
          assertThat(of.received).isEqualTo(of.length);
        }
      }
      case H2Client.SETTINGS -> {
        if (frame.has(H2Client.ACK)) {
          acknowledged.run();
          acknowledged = () -> {};
        }
      }
      case H2Client.RST_STREAM, H2Client.GOAWAY ->
          throw new AssertionError("the client has violated nothing: " + frame);
      default -> {}
    }
  }

  private void finish(H2Client client) throws IOException {
    connectionWindow += 1 << 30;
    client.windowUpdate(0, 1 << 30);
    changeWindow(client, 1 << 20);
    // Not by sync: as many PINGs as a busy machine lets through would be a flood.
    while (open() > 0) {
      check(client.read());
    }
    for (Expected each : streams.values()) {
      assertThat(each.reset || each.received == each.length).isTrue();
    }
  }
}
