package io.terminator.core.http.h2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.core.http.exchange.ExchangeConfig;
import io.terminator.core.phase.CloseReason;
import io.terminator.core.setting.DataSize;
import io.terminator.testkit.H2Client;
import io.terminator.testkit.H2Client.Frame;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Each flood ends its own connection with ENHANCE_YOUR_CALM and a reason of its own. */
class H2FloodTest {
  private static final int ENHANCE_YOUR_CALM = ErrorCode.ENHANCE_YOUR_CALM.code();

  private TestServer server;
  private H2Client other;

  /** What a client does over and over. */
  private interface Step {
    void run(H2Client client, int round) throws IOException;
  }

  @BeforeEach
  void start() throws IOException {
    server =
        new TestServer(
            new ExchangeConfig(
                new ExchangeConfig.Limits(DataSize.ofKiB(16), 100, 100, new DataSize(0)),
                new ExchangeConfig.Deadlines(
                    Duration.ofSeconds(1),
                    Duration.ofSeconds(60),
                    Duration.ofSeconds(1),
                    Duration.ofSeconds(60))));
    other = server.connect().begin();
  }

  @AfterEach
  void stop() throws IOException {
    other.get(99, "/");
    assertThat(other.response(99).status()).as("another client").isEqualTo("200");
    other.close();
    server.close();
  }

  @Test
  void rapidReset() throws Exception {
    flood(
        Violation.RESET_FLOOD,
        (client, round) -> {
          client.get(1 + 2 * round, "/slow");
          client.reset(1 + 2 * round, 8);
        });
  }

  @Test
  void resetsThatTheClientProvokes() throws Exception {
    flood(
        Violation.PROVOKED_RESET_FLOOD,
        (client, round) -> {
          client.get(1 + 2 * round, "/slow");
          client.windowUpdate(1 + 2 * round, 0);
        });
  }

  @Test
  void malformedRequests() throws Exception {
    flood(
        Violation.PROVOKED_RESET_FLOOD,
        (client, round) -> client.headers(1 + 2 * round, true, "x: y"));
  }

  @Test
  void streamsAboveTheLimit() throws Exception {
    flood(Violation.PROVOKED_RESET_FLOOD, (client, round) -> client.get(1 + 2 * round, "/slow"));
  }

  @Test
  void settings() throws Exception {
    flood(Violation.SETTINGS_FLOOD, (client, round) -> client.settings(4, round));
  }

  @Test
  void pings() throws Exception {
    flood(Violation.PING_FLOOD, (client, round) -> client.ping(round));
  }

  @Test
  void emptyData() throws Exception {
    flood(
        Violation.EMPTY_FRAME_FLOOD,
        (client, round) -> {
          if (round == 0) {
            client.headers(1, false, H2Client.request("POST", "/"));
          }
          client.data(1, false, "");
        });
  }

  @Test
  void paddingAlone() throws Exception {
    flood(
        Violation.EMPTY_FRAME_FLOOD,
        (client, round) -> {
          if (round == 0) {
            client.headers(1, false, H2Client.request("POST", "/"));
          }
          client.frame(H2Client.DATA, H2Client.PADDED, 1, new byte[] {5, 0, 0, 0, 0, 0});
        });
  }

  @Test
  void windowUpdates() throws Exception {
    flood(Violation.FRAME_FLOOD, (client, round) -> client.windowUpdate(0, 1));
  }

  @Test
  void priorities() throws Exception {
    flood(
        Violation.FRAME_FLOOD,
        (client, round) -> client.frame(H2Client.PRIORITY, 0, 3, new byte[] {0, 0, 0, 1, 7}));
  }

  @Test
  void unknownFrames() throws Exception {
    flood(Violation.FRAME_FLOOD, (client, round) -> client.frame(0x77, 0, 0));
  }

  @Test
  void continuations() throws Exception {
    flood(
        Violation.CONTINUATION_FLOOD,
        (client, round) -> {
          int type = round == 0 ? H2Client.HEADERS : H2Client.CONTINUATION;
          client.frame(type, 0, 1, H2Client.block("x: y"));
        });
  }

  @Test
  void emptyContinuationsOfOneBlock() throws Exception {
    flood(
        Violation.CONTINUATION_FLOOD,
        (client, round) -> {
          int type = round == 0 ? H2Client.HEADERS : H2Client.CONTINUATION;
          client.frame(type, 0, 1);
        });
  }

  @Test
  void emptyContinuationsOfManyBlocks() throws Exception {
    flood(
        Violation.EMPTY_FRAME_FLOOD,
        (client, round) -> {
          int stream = 2 * (round / 20) + 1;
          if (round % 20 == 0) {
            client.frame(
                H2Client.HEADERS,
                H2Client.END_STREAM,
                stream,
                H2Client.block(H2Client.request("GET", "/")));
          }
          client.frame(H2Client.CONTINUATION, round % 20 == 19 ? H2Client.END_HEADERS : 0, stream);
        });
  }

  @Test
  void aBlockThatIsLargeBeforeItIsDecompressed() throws Exception {
    flood(
        Violation.HEADER_BLOCK_SIZE,
        (client, round) -> {
          int type = round == 0 ? H2Client.HEADERS : H2Client.CONTINUATION;
          client.frame(type, 0, 1, new byte[16000]);
        });
  }

  @Test
  void aBlockThatIsLargeOnceItIsDecompressed() throws Exception {
    try (H2Client client = server.connect().begin()) {
      byte[] entry = H2Client.block(H2Client.request("GET", "/"));
      byte[] value = H2Client.block("x-bomb: " + "b".repeat(4000));
      value[0] = 0x40;
      byte[] block = java.util.Arrays.copyOf(entry, entry.length + value.length + 8000);
      System.arraycopy(value, 0, block, entry.length, value.length);
      java.util.Arrays.fill(block, entry.length + value.length, block.length, (byte) 0xbe);
      client.frame(H2Client.HEADERS, H2Client.END_HEADERS | H2Client.END_STREAM, 1, block);

      assertThat(client.response(1).status()).isEqualTo("431");
    }
    assertThat(server.count(Violation.HEAD_SIZE)).isEqualTo(1);
  }

  @Test
  void aFrameThatDoesNotEnd() throws Exception {
    try (H2Client client = server.connect().begin()) {
      client.peer().write(new byte[] {0, 1, 0, 1, 4, 0, 0, 0, 1, 0});
      assertCalmed(client);
    }
    assertThat(server.count(Violation.SLOW_FRAME)).isEqualTo(1);
  }

  @Test
  void aPrefaceThatDoesNotEnd() throws Exception {
    try (H2Client client = server.connect()) {
      client.peer().write("PRI * HTTP/2.0");
      assertCalmed(client);
    }
    assertThat(server.count(Violation.SLOW_FRAME)).isEqualTo(1);
  }

  @Test
  void aWindowThatStaysClosed() throws Exception {
    try (H2Client client = server.connect().begin(4, 0)) {
      client.get(1, "/bytes/100000");
      Frame reset = client.await(H2Client.RST_STREAM);
      assertThat(reset.code()).isEqualTo(ErrorCode.CANCEL.code());
      client.ping(1);
      client.await(H2Client.PING);
    }
    assertThat(server.count(Violation.STALLED_STREAM)).isEqualTo(1);
    assertThat(server.exchanges().log).contains("/bytes/100000 timeout");
  }

  @Test
  void aClientThatReadsNothing() throws Exception {
    try (H2Client client = server.connect().begin(4, Integer.MAX_VALUE)) {
      client.windowUpdate(0, Integer.MAX_VALUE - 65535);
      client.get(1, "/bytes/100000000");
      await()
          .atMost(Duration.ofSeconds(30))
          .until(
              () ->
                  server.count(Violation.STALLED_CONNECTION)
                          + server.count(Violation.STALLED_STREAM)
                      > 0);
    }
  }

  private void flood(Violation expected, Step step) throws Exception {
    try (H2Client client = server.connect().begin()) {
      try {
        for (int round = 0; round < 20_000; round++) {
          step.run(client, round);
        }
      } catch (SocketException closed) {
        // By the server, which has sent GOAWAY before.
      }
      assertCalmed(client);
    }
    assertThat(server.count(expected)).isEqualTo(1);
    assertThat(server.reason()).isEqualTo(CloseReason.CLIENT_FLOOD);
  }

  private static void assertCalmed(H2Client client) throws IOException {
    try {
      Frame goAway = client.await(H2Client.GOAWAY);
      assertThat(goAway.code()).isEqualTo(ENHANCE_YOUR_CALM);
    } catch (EOFException | SocketException reset) {
      // What the client sent afterwards may have reset the connection before it read GOAWAY.
    }
  }
}
