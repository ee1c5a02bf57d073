package io.terminator.admin.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.PooledByteBufAllocator;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class DemoBackendTest {
  private static final long HUNDRED_GIB = 100L << 30;

  private static DemoBackend backend;

  @BeforeAll
  static void start() throws IOException {
    backend = DemoBackend.start(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  @AfterAll
  static void stop() {
    backend.close();
  }

  /** A request on one connection, and its response. */
  record Reply(String head, byte[] body) {
    int status() {
      return Integer.parseInt(head.substring(9, 12));
    }
  }

  @Test
  void answersManyRequestsOnOneConnection() throws IOException {
    try (Socket socket = connect()) {
      for (int i = 0; i < 3; i++) {
        send(socket, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        Reply reply = read(socket.getInputStream());
        assertThat(reply.status()).isEqualTo(200);
        assertThat(text(reply)).contains("/bytes/", "/echo", "docker/config/minimal.yaml");
      }
      for (long size : new long[] {0, 1, 63, 65_536, 65_537, 3_000_000}) {
        send(socket, "GET /bytes/" + size + "?x=y HTTP/1.1\r\nHost: a\r\n\r\n");
        Reply reply = read(socket.getInputStream());
        assertThat(reply.body()).hasSize((int) size);
        assertThat(text(reply)).isEqualTo(expected(size));
      }
    }
  }

  @Test
  void answersPipelinedRequestsInOrderAlsoAfterAFin() throws IOException {
    try (Socket socket = connect()) {
      send(
          socket,
          "GET /bytes/2000000 HTTP/1.1\r\nHost: a\r\n\r\n"
              + "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
              + "GET /none HTTP/1.1\r\nHost: a\r\n\r\n");
      socket.shutdownOutput();
      InputStream in = socket.getInputStream();
      assertThat(read(in).body()).hasSize(2_000_000);
      assertThat(text(read(in))).isEqualTo("hello");
      assertThat(read(in).status()).isEqualTo(404);
      assertThat(in.read()).isEqualTo(-1);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "GET /none HTTP/1.1        | 404",
        "GET /bytes/ HTTP/1.1      | 400",
        "GET /bytes/-1 HTTP/1.1    | 400",
        "GET /bytes/1e9 HTTP/1.1   | 400",
        "GET /bytes/9999999999999 HTTP/1.1 | 400",
        "GET /bytes/99999999999999999999 HTTP/1.1 | 400",
        "GET /echo HTTP/1.1        | 405",
        "DELETE / HTTP/1.1         | 405",
        "HEAD /bytes/1000 HTTP/1.1 | 200",
        "GET / HTTP/1.0            | 200",
      })
  void answersNonsenseClearlyAndStaysUsable(String line, int status) throws IOException {
    try (Socket socket = connect()) {
      send(socket, line + "\r\nHost: a\r\nConnection: keep-alive\r\n\r\n");
      InputStream in = socket.getInputStream();
      Reply reply = line.startsWith("HEAD") ? new Reply(head(in), new byte[0]) : read(in);
      assertThat(reply.status()).isEqualTo(status);
      if (status == 405) {
        assertThat(reply.head()).containsIgnoringCase("\r\nallow: ");
      }
      send(socket, "GET /bytes/7 HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(read(in).body()).hasSize(7);
    }
  }

  @Test
  void closesAfterWhatIsNotHttp() throws IOException {
    assertClosesWith(400, "\u0016\u0003\u0001 hello\r\n\r\n");
    assertClosesWith(414, "GET /" + "a".repeat(5000) + " HTTP/1.1\r\n\r\n");
    assertClosesWith(431, "GET / HTTP/1.1\r\nA: " + "a".repeat(17_000) + "\r\n\r\n");
    assertClosesWith(
        413, "POST /bytes/1 HTTP/1.1\r\nContent-Length: 9999999\r\n\r\n" + "a".repeat(70_000));
  }

  @Test
  void refusesABodyThatTurnsOutTooLong() throws IOException {
    try (Socket socket = connect()) {
      send(socket, "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
      String chunk = "10000\r\n" + "a".repeat(65_536) + "\r\n";
      for (int i = 0; i < 18; i++) {
        send(socket, chunk);
      }
      assertThat(read(socket.getInputStream()).status()).isEqualTo(413);
    }
  }

  @Test
  void echoesAnUploadWhileItArrives() throws Exception {
    long seed = System.nanoTime();
    byte[] content = new byte[5_000_000];
    new SplittableRandom(seed).nextBytes(content);
    try (Socket socket = connect()) {
      send(
          socket,
          "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: " + content.length + "\r\n\r\n");
      CompletableFuture<Void> upload = CompletableFuture.runAsync(() -> write(socket, content));
      Reply reply = read(socket.getInputStream());
      upload.get(60, TimeUnit.SECONDS);
      assertThat(Arrays.equals(reply.body(), content)).as("seed %d", seed).isTrue();
    }
  }

  @Test
  void echoesChunksBeforeTheUploadHasEnded() throws IOException {
    try (Socket socket = connect()) {
      InputStream in = socket.getInputStream();
      send(
          socket,
          "POST /echo HTTP/1.1\r\n"
              + "Host: a\r\n"
              + "Transfer-Encoding: chunked\r\n"
              + "Expect: 100-continue\r\n\r\n");
      assertThat(head(in)).startsWith("HTTP/1.1 100");
      send(socket, "5\r\nhello\r\n");
      assertThat(head(in)).containsIgnoringCase("transfer-encoding: chunked");
      assertThat(new String(in.readNBytes(10), StandardCharsets.US_ASCII))
          .isEqualTo("5\r\nhello\r\n");
      send(socket, "0\r\n\r\n");
      assertThat(new String(in.readNBytes(5), StandardCharsets.US_ASCII)).isEqualTo("0\r\n\r\n");
    }
  }

  /**
   * Both kernels' buffers fill up, but ours must not: a client that never reads costs at most the
   * high-water marks.
   */
  @Test
  void stopsReadingAnUploadWhoseEchoNobodyReads() throws Exception {
    try (Socket socket = new Socket()) {
      socket.setReceiveBufferSize(16 << 10);
      socket.connect(backend.address());
      send(socket, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n");
      assertStalls(socket);
    }
  }

  @Test
  void streamsFarMoreThanMemoryToASlowReaderWithinItsMarks() throws IOException {
    try (Socket socket = new Socket()) {
      socket.setReceiveBufferSize(16 << 10);
      socket.connect(backend.address());
      long before = directMemory();
      send(socket, "GET /bytes/" + HUNDRED_GIB + " HTTP/1.1\r\nHost: a\r\n\r\n");
      InputStream in = socket.getInputStream();
      assertThat(head(in)).containsIgnoringCase("content-length: " + HUNDRED_GIB);
      byte[] buffer = new byte[64 << 10];
      for (int i = 0; i < 1000; i++) {
        new DataInputStream(in).readFully(buffer);
      }
      assertThat(directMemory() - before).isLessThan(32L << 20);
      assertThat(new String(buffer, 0, 64, StandardCharsets.US_ASCII)).isEqualTo(expected(64));
    }
    // The connection that was closed in the middle does not affect others.
    try (Socket socket = connect()) {
      send(socket, "GET /bytes/10 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
      assertThat(read(socket.getInputStream()).body()).hasSize(10);
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
    }
  }

  @Test
  void saysThatItsPortIsTaken() {
    assertThatThrownBy(() -> DemoBackend.start(backend.address()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("The demo backend cannot listen on");
  }

  private static void assertClosesWith(int status, String request) throws IOException {
    try (Socket socket = connect()) {
      send(socket, request);
      socket.shutdownOutput();
      Reply reply = read(socket.getInputStream());
      assertThat(reply.status()).isEqualTo(status);
      assertThat(text(reply)).endsWith(".\n");
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
    }
  }

  /** Writes from another thread until it makes no progress for a while, well below 1 GB. */
  private static void assertStalls(Socket socket) {
    var written = new AtomicLong();
    Thread writer =
        new Thread(
            () -> {
              byte[] block = new byte[64 << 10];
              try {
                while (true) {
                  socket.getOutputStream().write(block);
                  written.addAndGet(block.length);
                }
              } catch (IOException closed) {
                // The test closes the socket, which ends the write.
              }
            });
    writer.start();
    var seen = new AtomicLong(-1);
    await()
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofSeconds(1))
        .until(() -> written.get() > 0 && seen.getAndSet(written.get()) == written.get());
    assertThat(written.get()).isLessThan(64L << 20);
  }

  private static long directMemory() {
    long pools =
        ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
            .mapToLong(BufferPoolMXBean::getMemoryUsed)
            .sum();
    return pools + PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory();
  }

  private static String expected(long size) {
    String line = "The quick brown fox jumps over the lazy dog; demo of terminator\n";
    return line.repeat((int) (size / line.length() + 1)).substring(0, (int) size);
  }

  private static Socket connect() throws IOException {
    Socket socket = new Socket(backend.address().getAddress(), backend.address().getPort());
    socket.setSoTimeout(20_000);
    return socket;
  }

  private static void send(Socket socket, String text) throws IOException {
    OutputStream out = socket.getOutputStream();
    out.write(text.getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
  }

  private static void write(Socket socket, byte[] content) {
    try {
      socket.getOutputStream().write(content);
    } catch (IOException failure) {
      throw new AssertionError(failure);
    }
  }

  private static Reply read(InputStream in) throws IOException {
    String head = head(in);
    String lower = head.toLowerCase(Locale.ROOT);
    int length = lower.indexOf("content-length: ");
    assertThat(length).as(head).isPositive();
    int end = lower.indexOf('\r', length);
    int size = Integer.parseInt(head.substring(length + "content-length: ".length(), end));
    return new Reply(head, in.readNBytes(size));
  }

  private static String head(InputStream in) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
      int next = in.read();
      assertThat(next).as("byte after: %s", head).isNotNegative();
      head.write(next);
    }
    return head.toString(StandardCharsets.ISO_8859_1);
  }

  private static String text(Reply reply) {
    return new String(reply.body(), StandardCharsets.UTF_8);
  }
}
