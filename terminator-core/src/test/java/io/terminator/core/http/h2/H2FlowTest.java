package io.terminator.core.http.h2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.core.http.exchange.ExchangeConfig;
import io.terminator.core.phase.CloseReason;
import io.terminator.testkit.H2Client;
import io.terminator.testkit.H2Client.Frame;
import io.terminator.testkit.H2Client.Response;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Windows, priorities and the orderly end of a connection. */
class H2FlowTest {
  private static final int LARGE = Integer.MAX_VALUE;
  private static final int FLOW_CONTROL_ERROR = 3;

  private TestServer server;

  @BeforeEach
  void start() throws IOException {
    server = new TestServer(ExchangeConfig.DEFAULT);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void aLargeResponseArrivesWhole() throws Exception {
    try (H2Client client = server.connect().begin(4, LARGE)) {
      client.windowUpdate(0, LARGE - 65535);
      client.get(1, "/bytes/3000000");

      byte[] body = client.response(1).body();
      assertThat(body).hasSize(3_000_000);
      for (int i = 0; i < body.length; i++) {
        if (body[i] != (byte) ('a' + (body.length - i) % 26)) {
          throw new AssertionError("byte " + i + " is " + body[i]);
        }
      }
    }
  }

  @Test
  void aLongResponseLeavesInWholeFrames() throws Exception {
    // With its header, such a frame fills a TLS record.
    int whole = 16 * 1024 - 9;
    int rest = 4_375;
    try (H2Client client = server.connect().begin(4, Integer.MAX_VALUE)) {
      client.windowUpdate(0, Integer.MAX_VALUE - 65_535);
      client.get(1, "/bytes/" + (15 * whole + rest));
      for (int i = 0; i < 15; i++) {
        assertThat(client.await(H2Client.DATA).payload()).as("frame %d", i).hasSize(whole);
      }
      Frame last = client.await(H2Client.DATA);
      assertThat(last.payload()).hasSize(rest);
      assertThat(last.has(H2Client.END_STREAM)).isTrue();
    }
  }

  @Test
  void aBodyComesBackWhole() throws Exception {
    try (H2Client client = server.connect().begin(4, LARGE)) {
      client.windowUpdate(0, LARGE - 65535);
      client.headers(1, false, H2Client.request("POST", "/echo"));
      StringBuilder sent = new StringBuilder();
      for (int i = 0; i < 15; i++) {
        String part = ("part " + i + ' ').repeat(1 + i * 37);
        client.data(1, i == 14, part);
        sent.append(part);
      }
      Response response = client.response(1);
      assertThat(response.text()).isEqualTo(sent.toString());
    }
  }

  @Test
  void trailersFollowTheBodyEvenIfItHasToWait() throws Exception {
    try (H2Client client = server.connect().begin(4, 2)) {
      client.get(1, "/trailers");
      client.await(frame -> frame.type() == H2Client.DATA);
      client.windowUpdate(1, 100);
      Frame rest = client.await(frame -> frame.type() == H2Client.DATA);
      assertThat(rest.text()).isEqualTo("llo");
      Frame trailers = client.await(frame -> frame.type() == H2Client.HEADERS);
      assertThat(trailers.has(H2Client.END_STREAM)).isTrue();
      assertThat(client.fields(trailers)).containsEntry("x-trailer", "value");
    }
  }

  @Test
  void aStreamWithoutWindowDoesNotStopAnother() throws Exception {
    try (H2Client client = server.connect().begin(4, 0)) {
      client.get(1, "/bytes/100000");
      client.get(3, "/bytes/50000");
      client.windowUpdate(3, 60000);

      assertThat(client.response(3).body()).hasSize(50_000);
    }
  }

  @Test
  void aRequestThatIsNotReadDoesNotStopAnother() throws Exception {
    try (H2Client client = server.connect().begin()) {
      client.headers(1, false, H2Client.request("POST", "/stuck"));
      for (int i = 0; i < 16; i++) {
        client.frame(H2Client.DATA, 0, 1, new byte[16384]);
      }
      client.headers(3, false, H2Client.request("POST", "/"));
      int window = 1024 * 1024 - 16 * 16384;
      for (int sent = 0; sent < 3 * 1024 * 1024; sent += 16384) {
        while (window < 16384) {
          Frame update = client.await(H2Client.WINDOW_UPDATE);
          assertThat(update.stream()).as("the stream that is not read").isNotEqualTo(1);
          window += update.stream() == 0 ? update.increment() : 0;
        }
        window -= 16384;
        client.frame(H2Client.DATA, 0, 3, new byte[16384]);
      }
      client.data(3, true, "");
      assertThat(client.response(3).status()).isEqualTo("200");
    }
  }

  @Test
  void aClientThatExceedsTheWindowOfAStreamLosesTheStream() throws Exception {
    try (H2Client client = server.connect().begin()) {
      client.headers(1, false, H2Client.request("POST", "/stuck"));
      for (int i = 0; i < 17; i++) {
        client.frame(H2Client.DATA, 0, 1, new byte[16384]);
      }
      Frame reset = client.await(H2Client.RST_STREAM);
      assertThat(reset.code()).isEqualTo(ErrorCode.FLOW_CONTROL_ERROR.code());
      client.get(3, "/");
      assertThat(client.response(3).status()).isEqualTo("200");
    }
  }

  /** curl 7.88 discards a response that it reads together with the reset. */
  @Test
  void aResponseBeforeTheEndOfItsRequestIsNotFollowedByAResetAtOnce() throws Exception {
    try (H2Client client = server.connect().begin()) {
      byte[] head = H2Client.block(H2Client.request("POST", "/early"));
      ByteBuffer together = ByteBuffer.allocate(1024);
      together.put(H2Client.bytes(H2Client.HEADERS, H2Client.END_HEADERS, 1, head));
      together.put(H2Client.bytes(H2Client.PING, 0, 0, new byte[8]));
      client.peer().write(Arrays.copyOf(together.array(), together.position()));
      List<Integer> types = new ArrayList<>();
      client.await(
          frame -> {
            types.add(frame.stream() == 1 ? frame.type() : -1);
            return frame.type() == H2Client.PING && frame.has(H2Client.ACK);
          });
      assertThat(types).contains(H2Client.DATA).doesNotContain(H2Client.RST_STREAM);

      // The window is not opened again for what nobody reads.
      for (int i = 0; i < 3; i++) {
        client.frame(H2Client.DATA, 0, 1, new byte[16384]);
      }
      types.clear();
      Frame reset =
          client.await(
              frame -> {
                types.add(frame.stream() == 1 ? frame.type() : -1);
                return frame.type() == H2Client.RST_STREAM;
              });
      assertThat(reset.code()).isEqualTo(ErrorCode.NO_ERROR.code());
      assertThat(types).doesNotContain(H2Client.WINDOW_UPDATE);
      client.get(3, "/");
      assertThat(client.response(3).status()).isEqualTo("200");
    }
  }

  @Test
  void theMoreUrgentResponseComesFirst() throws Exception {
    try (H2Client client = server.connect().begin(4, LARGE)) {
      client.headers(1, true, H2Client.request("GET", "/bytes/200000", "priority: u=5"));
      client.headers(3, true, H2Client.request("GET", "/bytes/200000", "priority: u=0"));
      client.headers(5, true, H2Client.request("GET", "/bytes/200000", "priority: u=3"));
      List<Integer> ended = endsOf(client, 3, 65_535);

      assertThat(ended).containsExactly(3, 5, 1);
    }
  }

  @Test
  void aPriorityUpdateChangesTheOrder() throws Exception {
    try (H2Client client = server.connect().begin(4, LARGE)) {
      client.headers(1, true, H2Client.request("GET", "/bytes/200000", "priority: u=2"));
      client.headers(3, true, H2Client.request("GET", "/bytes/200000", "priority: u=5"));
      client.frame(H2Client.PRIORITY_UPDATE, 0, 0, new byte[] {0, 0, 0, 3, 'u', '=', '0'});
      List<Integer> ended = endsOf(client, 2, 65_535);

      assertThat(ended).containsExactly(3, 1);
    }
  }

  @Test
  void incrementalResponsesShareTheWindow() throws Exception {
    try (H2Client client = server.connect().begin(4, LARGE)) {
      client.headers(1, true, H2Client.request("GET", "/bytes/300000", "priority: u=1, i"));
      client.headers(3, true, H2Client.request("GET", "/bytes/300000", "priority: u=1, i"));
      Map<Integer, Integer> bytes = new HashMap<>();
      while (bytes.values().stream().mapToInt(each -> each).sum() < 400_000) {
        Frame data = client.await(H2Client.DATA);
        bytes.merge(data.stream(), data.payload().length, Integer::sum);
        client.windowUpdate(0, Math.max(1, data.payload().length));
      }
      assertThat(bytes.keySet()).containsExactlyInAnyOrder(1, 3);
      assertThat(bytes.values()).allMatch(each -> each > 100_000);
    }
  }

  /** The order in which streams end, with a window of the connection that grows as it is used. */
  private static List<Integer> endsOf(H2Client client, int streams, int window) throws IOException {
    List<Integer> ended = new ArrayList<>();
    int used = 0;
    while (ended.size() < streams) {
      Frame data = client.await(H2Client.DATA);
      used += data.payload().length;
      if (data.has(H2Client.END_STREAM)) {
        ended.add(data.stream());
      }
      if (used >= window) {
        client.windowUpdate(0, used);
        used = 0;
      }
    }
    return ended;
  }

  @Test
  void theWindowOfAStreamGrowsWhileAnUploadUsesIt() throws Exception {
    try (H2Client client = server.connect().begin()) {
      int window = initialWindow(client);
      assertThat(window).isEqualTo(64 * 1024);
      client.headers(1, false, H2Client.request("POST", "/"));
      int largest = window;
      for (int i = 0; i < 100; i++) {
        client.data(1, false, "x".repeat(16_000));
        window -= 16_000;
        while (window < 16_000) {
          Frame update =
              client.await(frame -> frame.type() == H2Client.WINDOW_UPDATE && frame.stream() == 1);
          window += update.increment();
          largest = Math.max(largest, window);
        }
      }
      assertThat(largest).isBetween(200 * 1024, 256 * 1024);
      client.data(1, true, "");
      assertThat(client.response(1).text()).isEqualTo("hello");
    }
  }

  @Test
  void theWindowOfAStreamThatIsNotReadDoesNotGrow() throws Exception {
    try (H2Client client = server.connect().begin()) {
      int window = initialWindow(client);
      client.headers(1, false, H2Client.request("POST", "/stuck"));
      for (int sent = 0; sent < window; sent += 16 * 1024) {
        client.data(1, false, "x".repeat(16 * 1024));
      }
      client.ping(1);
      Frame pong =
          client.await(
              frame ->
                  frame.type() == H2Client.PING
                      || frame.type() == H2Client.WINDOW_UPDATE && frame.stream() == 1);
      assertThat(pong.type()).isEqualTo(H2Client.PING);
      client.data(1, false, "x");
      assertThat(client.await(H2Client.RST_STREAM).code()).isEqualTo(FLOW_CONTROL_ERROR);
    }
  }

  /** What SETTINGS says. */
  private static int initialWindow(H2Client client) throws IOException {
    ByteBuffer settings = ByteBuffer.wrap(client.await(H2Client.SETTINGS).payload());
    while (settings.getShort() != 4) {
      settings.getInt();
    }
    return settings.getInt();
  }

  @Test
  void aDrainLetsRequestsEndThatWereBegun() throws Exception {
    try (H2Client client = server.connect().begin(4, LARGE)) {
      client.headers(1, false, H2Client.request("POST", "/echo"));
      client.await(H2Client.HEADERS);
      server.drain();
      Frame first = client.await(H2Client.GOAWAY);
      assertThat(first.lastStream()).isEqualTo(Integer.MAX_VALUE);
      assertThat(first.code()).isZero();
      // The client did not know yet.
      client.get(3, "/");
      Frame ping = client.await(frame -> frame.type() == H2Client.PING);
      client.frame(H2Client.PING, H2Client.ACK, 0, ping.payload());
      Frame second = client.await(H2Client.GOAWAY);
      assertThat(second.lastStream()).isEqualTo(3);
      // It is not processed, as GOAWAY has announced.
      client.get(5, "/");
      client.data(1, true, "late");
      Frame data = client.await(frame -> frame.type() == H2Client.DATA && frame.stream() == 1);
      assertThat(data.text()).isEqualTo("late");
      assertEnded(client);
    }
    assertThat(server.reason()).isEqualTo(CloseReason.DRAINED);
    assertThat(server.exchanges().log).containsExactly("/echo", "/");
  }

  @Test
  void aDrainEndsAnIdleConnection() throws Exception {
    try (H2Client client = server.connect().begin()) {
      client.get(1, "/");
      client.response(1);
      server.drain();
      loseNoRequest(client);
    }
    assertThat(server.reason()).isEqualTo(CloseReason.DRAINED);
  }

  @Test
  void aDrainEndsAnIdleConnectionWhoseClientDoesNotAnswerThePing() throws Exception {
    try (H2Client client = server.connect().begin()) {
      client.get(1, "/");
      client.response(1);
      server.drain();
      assertThat(client.await(H2Client.GOAWAY).lastStream()).isEqualTo(Integer.MAX_VALUE);
      assertThat(client.await(H2Client.GOAWAY).lastStream()).isEqualTo(1);
      assertEnded(client);
    }
    assertThat(server.reason()).isEqualTo(CloseReason.DRAINED);
  }

  @Test
  void theIdleTimeLosesNoRequest() throws Exception {
    server.close();
    ExchangeConfig.Deadlines all = ExchangeConfig.DEFAULT.deadlines();
    server =
        new TestServer(
            new ExchangeConfig(
                ExchangeConfig.DEFAULT.limits(),
                new ExchangeConfig.Deadlines(
                    all.head(), all.answer(), all.body(), Duration.ofMillis(200)),
                ExchangeConfig.DEFAULT.errors()));
    try (H2Client client = server.connect().begin()) {
      client.get(1, "/");
      client.response(1);
      loseNoRequest(client);
    }
    assertThat(server.reason()).isEqualTo(CloseReason.IDLE);
  }

  private static void loseNoRequest(H2Client client) throws IOException {
    assertThat(client.await(H2Client.GOAWAY).lastStream()).isEqualTo(Integer.MAX_VALUE);
    Frame ping = client.await(H2Client.PING);
    // The client did not know yet.
    client.get(3, "/");
    assertThat(client.response(3).text()).isEqualTo("hello");
    client.frame(H2Client.PING, H2Client.ACK, 0, ping.payload());
    assertThat(client.await(H2Client.GOAWAY).lastStream()).isEqualTo(3);
    assertEnded(client);
  }

  @Test
  void anEarlyResponseEndsTheUpload() throws Exception {
    try (H2Client client = server.connect().begin()) {
      client.headers(1, false, H2Client.request("POST", "/early"));
      Response response = client.response(1);
      assertThat(response.text()).isEqualTo("early");
      assertThat(client.await(H2Client.RST_STREAM).code()).isZero();
      // What was on its way is ignored.
      client.data(1, true, "late");
      client.get(3, "/");
      assertThat(client.response(3).status()).isEqualTo("200");
    }
  }

  @Test
  void aCancelledRequestEndsItsExchange() throws Exception {
    try (H2Client client = server.connect().begin()) {
      client.get(1, "/slow");
      client.reset(1, 8);
      client.get(3, "/");
      client.response(3);
    }
    assertThat(server.exchanges().log).contains("/slow cancelled");
  }

  @Test
  void aClientThatLeavesEndsItsExchanges() throws Exception {
    try (H2Client client = server.connect().begin()) {
      client.get(1, "/slow");
      client.headers(3, false, H2Client.request("POST", "/echo"));
      client.await(H2Client.HEADERS);
    }
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> server.exchanges().log.contains("/slow cancelled"));
    assertThat(server.exchanges().log).contains("/echo cancelled");
  }

  private static void assertEnded(H2Client client) throws IOException {
    try {
      while (true) {
        client.read();
      }
    } catch (EOFException ended) {
      // As expected.
    }
  }
}
