package io.terminator.core.logbuffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.terminator.testkit.Alone;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogBufferTest {
  private static final Duration INTERVAL = Duration.ofMillis(200);
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir Path directory;

  @Test
  @Alone("it bounds the time to a line in the file")
  void aLineOnAnIdleServerIsVisibleWithinTheInterval() throws Exception {
    List<Long> late = List.of(0L);
    // A busy machine may stall any process, but not three times in a row.
    for (int attempt = 0; attempt < 3 && !late.isEmpty(); attempt++) {
      late = lateOfAHundred();
    }
    assertThat(late).as("milliseconds of lines that took more than 250").isEmpty();
  }

  /** Twenty lines on each of five idle servers: each line waits for most of an interval. */
  private List<Long> lateOfAHundred() throws Exception {
    ExecutorService servers = Executors.newFixedThreadPool(5);
    try {
      List<Future<List<Long>>> each = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        Path file = directory.resolve("access-" + i + ".log");
        each.add(servers.submit(() -> lateOfTwenty(file)));
      }
      List<Long> late = new ArrayList<>();
      for (Future<List<Long>> one : each) {
        late.addAll(one.get());
      }
      return late;
    } finally {
      servers.shutdownNow();
    }
  }

  private static List<Long> lateOfTwenty(Path file) throws IOException {
    List<Long> late = new ArrayList<>();
    try (LogFlusher flusher = new LogFlusher(new FileSink(file), INTERVAL, 1 << 16);
        Oversleeping machine = new Oversleeping()) {
      LogBuffer buffer = flusher.newBuffer();
      for (int i = 0; i < 20; i++) {
        machine.longestMillis();
        long before = Files.exists(file) ? Files.size(file) : 0;
        long start = System.nanoTime();
        append(buffer, "line " + i + "\n");
        while (!Files.exists(file) || Files.size(file) == before) {
          LockSupport.parkNanos(200_000);
          assertThat(System.nanoTime() - start).isLessThan(PATIENCE.toNanos());
        }
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
        // Two threads have to be woken, and a line may just miss a flush.
        if (millis > 250 + 4 * machine.longestMillis()) {
          late.add(millis);
        }
      }
    }
    return late;
  }

  /** The current wake-up delay of a thread on this machine, which load adds to every wait. */
  private static final class Oversleeping implements AutoCloseable {
    private final AtomicLong longestNanos = new AtomicLong();
    private final Thread sleeper = new Thread(this::sleep, "oversleeping");

    Oversleeping() {
      sleeper.setDaemon(true);
      sleeper.start();
    }

    private void sleep() {
      while (!Thread.currentThread().isInterrupted()) {
        long start = System.nanoTime();
        LockSupport.parkNanos(1_000_000);
        longestNanos.accumulateAndGet(System.nanoTime() - start - 1_000_000, Math::max);
      }
    }

    /** Since the last call. */
    long longestMillis() {
      return TimeUnit.NANOSECONDS.toMillis(Math.max(0, longestNanos.getAndSet(0)));
    }

    @Override
    public void close() {
      sleeper.interrupt();
    }
  }

  @Test
  void manyLinesLeaveInFewWrites() throws IOException {
    Path file = directory.resolve("access.log");
    int lines = 200_000;
    try (LogFlusher flusher = new LogFlusher(new FileSink(file), INTERVAL, 1 << 20)) {
      LogBuffer buffer = flusher.newBuffer();
      for (int i = 0; i < lines; i++) {
        while (buffer.capacity() - buffer.waiting() < 100) {
          LockSupport.parkNanos(100_000);
        }
        append(buffer, "0123456789 0123456789 0123456789 " + i + "\n");
      }
      await().atMost(PATIENCE).until(() -> buffer.waiting() == 0);
      assertThat(flusher.bytes() / flusher.flushes()).isGreaterThan(16 * 1024);
      assertThat(flusher.dropped()).isZero();
      assertThat(flusher.entries()).isEqualTo(lines);
    }
    assertThat(Files.readAllLines(file)).hasSize(lines);
  }

  /** The worker replaces the ring while the flusher reads it. */
  @Test
  void aRingThatGrowsWhileItIsReadTearsNoLine() throws Exception {
    int rounds = 200;
    for (int round = 0; round < rounds; round++) {
      int lines = 4_000;
      LogBuffer buffer = new LogBuffer(1 << 20, () -> {});
      ByteArrayOutputStream taken = new ByteArrayOutputStream();
      Thread flusher = new Thread(() -> takeAll(buffer, taken, lines));
      flusher.start();
      for (int i = 0; i < lines; i++) {
        append(buffer, "line " + i + " ends here, and not before\n");
      }
      flusher.join(PATIENCE.toMillis());
      assertThat(buffer.dropped()).isZero();
      List<String> written = taken.toString(StandardCharsets.US_ASCII).lines().toList();
      assertThat(written).hasSize(lines);
      for (int i = 0; i < lines; i++) {
        assertThat(written.get(i)).isEqualTo("line " + i + " ends here, and not before");
      }
    }
  }

  private static void takeAll(LogBuffer buffer, ByteArrayOutputStream taken, int lines) {
    ByteBuffer part = ByteBuffer.allocate(5_000);
    int seen = 0;
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (seen < lines && System.nanoTime() < deadline) {
      int count = buffer.take(part.clear());
      for (int i = 0; i < count; i++) {
        seen += part.get(i) == '\n' ? 1 : 0;
      }
      taken.write(part.array(), 0, count);
    }
  }

  @Test
  void aStalledSinkCostsCountedDropsAndThenRecovers() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    AtomicInteger linesWritten = new AtomicInteger();
    LogSink stalled =
        new LogSink() {
          @Override
          public void write(ByteBuffer lines) throws IOException {
            try {
              if (!release.await(20, TimeUnit.SECONDS)) {
                throw new IOException("never released");
              }
            } catch (InterruptedException interrupted) {
              throw new IOException(interrupted);
            }
            while (lines.hasRemaining()) {
              if (lines.get() == '\n') {
                linesWritten.incrementAndGet();
              }
            }
          }

          @Override
          public void reopen() {}

          @Override
          public void close() {}
        };
    try (LogFlusher flusher = new LogFlusher(stalled, INTERVAL, 4096)) {
      LogBuffer buffer = flusher.newBuffer();
      long longest = 0;
      int lines = 0;
      while (buffer.dropped() < 100) {
        long start = System.nanoTime();
        append(buffer, "0123456789 0123456789 0123456789\n");
        longest = Math.max(longest, System.nanoTime() - start);
        lines++;
      }
      assertThat(TimeUnit.NANOSECONDS.toMillis(longest)).isLessThan(1_000);
      release.countDown();
      int all = lines;
      await().atMost(PATIENCE).until(() -> linesWritten.get() + buffer.dropped() == all);
      append(buffer, "after\n");
      await().atMost(PATIENCE).until(() -> linesWritten.get() + buffer.dropped() == all + 1);
      assertThat(buffer.dropped()).isEqualTo(all + 1 - linesWritten.get());
    }
  }

  @Test
  void rotationUnderLoadLosesNothingAndTearsNoLine() throws IOException {
    Path file = directory.resolve("access.log");
    int lines = 50_000;
    List<Path> rotated = new ArrayList<>();
    try (LogFlusher flusher = new LogFlusher(new FileSink(file), Duration.ofMillis(5), 1 << 16)) {
      LogBuffer buffer = flusher.newBuffer();
      for (int i = 0; i < lines; i++) {
        while (buffer.capacity() - buffer.waiting() < 100) {
          LockSupport.parkNanos(100_000);
        }
        append(buffer, "line " + i + " ends here\n");
        if (i % 10_000 == 5_000 && Files.exists(file)) {
          Path old = directory.resolve("access.log." + rotated.size());
          Files.move(file, old);
          rotated.add(old);
          flusher.reopen();
        }
      }
    }
    List<String> all = new ArrayList<>();
    for (Path old : rotated) {
      all.addAll(Files.readAllLines(old));
    }
    all.addAll(Files.readAllLines(file));
    assertThat(rotated).isNotEmpty();
    assertThat(all).hasSize(lines);
    for (int i = 0; i < lines; i++) {
      assertThat(all.get(i)).isEqualTo("line " + i + " ends here");
    }
  }

  @Test
  void aReopenThatFailsKeepsTheOldFileAndIsTriedAgain() throws Exception {
    Path logs = Files.createDirectory(directory.resolve("logs"));
    Path file = logs.resolve("access.log");
    try (LogFlusher flusher = new LogFlusher(new FileSink(file), INTERVAL, 1 << 16)) {
      LogBuffer buffer = flusher.newBuffer();
      append(buffer, "one\n");
      await().atMost(PATIENCE).until(() -> Files.exists(file) && Files.size(file) == 4);
      Path away = Files.move(logs, directory.resolve("away"));
      assertThatThrownBy(() -> flusher.reopen().toCompletableFuture().get(20, TimeUnit.SECONDS))
          .hasMessageContaining(file + ": no such directory. Expected a file that")
          .hasMessageContaining("change log.access");
      append(buffer, "two\n");
      await().atMost(PATIENCE).until(() -> Files.size(away.resolve("access.log")) == 8);
      assertThat(flusher.reopenFailures()).isPositive();
      assertThat(flusher.dropped()).isZero();
      assertThat(flusher.failures()).isZero();
      // No further request is made: the flusher retries by itself.
      Files.createDirectory(logs);
      await().atMost(PATIENCE).until(() -> Files.exists(file));
      append(buffer, "three\n");
      await().atMost(PATIENCE).until(() -> Files.size(file) == 6);
      assertThat(Files.readString(away.resolve("access.log"))).isEqualTo("one\ntwo\n");
    }
  }

  @Test
  void aReopenMakesTheFileAlsoWhereNoLineFollows() throws Exception {
    Path file = directory.resolve("access.log");
    try (LogFlusher flusher = new LogFlusher(new FileSink(file), INTERVAL, 1 << 16)) {
      await().atMost(PATIENCE).until(() -> Files.exists(file));
      Files.move(file, directory.resolve("access.log.1"));
      flusher.reopen().toCompletableFuture().get(20, TimeUnit.SECONDS);
      assertThat(file).exists();
    }
  }

  @Test
  void aSinkWithAFaultOfItsOwnDoesNotEndTheFlusher() {
    AtomicInteger writes = new AtomicInteger();
    LogSink faulty =
        new LogSink() {
          @Override
          public void write(ByteBuffer lines) {
            if (writes.incrementAndGet() == 1) {
              throw new IllegalStateException("a fault");
            }
            lines.position(lines.limit());
          }

          @Override
          public void reopen() {}

          @Override
          public void close() {}
        };
    try (LogFlusher flusher = new LogFlusher(faulty, INTERVAL, 4096)) {
      LogBuffer buffer = flusher.newBuffer();
      append(buffer, "lost\n");
      await().atMost(PATIENCE).until(() -> flusher.dropped() == 1);
      append(buffer, "written\n");
      await().atMost(PATIENCE).until(() -> flusher.bytes() == 8);
      assertThat(flusher.failures()).isEqualTo(1);
    }
  }

  @Test
  void nothingAClientSaysCanForgeALineOrAField() {
    LogBuffer buffer = new LogBuffer(1 << 16, () -> {});
    new JsonLine()
        .begin(1_000)
        .text("sni", "evil\"\n{\"event\":\"forged\"}\u0000\u2028\\")
        .number("n", -12)
        .millis("ms", 1_234_567)
        .endInto(buffer);
    ByteBuffer taken = ByteBuffer.allocate(1 << 16);
    buffer.take(taken);
    byte[] bytes = new byte[taken.position()];
    taken.get(0, bytes);
    assertThat(new String(bytes, StandardCharsets.US_ASCII))
        .isEqualTo(
            "{\"time\":\"1970-01-01T00:00:01.000Z\",\"sni\":\"evil\\\"\\u000a{\\\"event\\\":\\\"forged\\\"}"
                + "\\u0000\\u2028\\\\\",\"n\":-12,\"ms\":1.234}\n");
  }

  @Test
  void aFieldThatDoesNotFitIsLeftOutAndTheLineStaysWhole() {
    LogBuffer buffer = new LogBuffer(1 << 16, () -> {});
    new JsonLine().begin(0).text("long", "x".repeat(10_000)).text("short", "y").endInto(buffer);
    ByteBuffer taken = ByteBuffer.allocate(1 << 16);
    buffer.take(taken);
    byte[] bytes = new byte[taken.position()];
    taken.get(0, bytes);
    assertThat(new String(bytes, StandardCharsets.US_ASCII))
        .isEqualTo("{\"time\":\"1970-01-01T00:00:00.000Z\",\"short\":\"y\"}\n");
  }

  @Test
  void fieldsOfManyLinesAreMadeOnce() {
    byte[] fields =
        new JsonLine().beginPart().text("route", "a\"b").text("none", null).number("n", 1).part();
    LogBuffer buffer = new LogBuffer(1 << 16, () -> {});
    JsonLine line = new JsonLine();
    byte[] host = {'x', (byte) 0xe9, '"', 'y', '\n'};
    line.begin(0).fields(fields).text("host", host, 0, host.length).endInto(buffer);
    line.begin(0).text("long", "x".repeat(1_350)).fields(fields).endInto(buffer);
    line.begin(0).text("long", "x".repeat(1_355)).fields(new byte[8_000]).endInto(buffer);
    ByteBuffer taken = ByteBuffer.allocate(1 << 16);
    buffer.take(taken);
    byte[] bytes = new byte[taken.position()];
    taken.get(0, bytes);
    String begin = "{\"time\":\"1970-01-01T00:00:00.000Z\"";
    String part = ",\"route\":\"a\\\"b\",\"n\":1";
    assertThat(new String(bytes, StandardCharsets.US_ASCII).lines())
        .containsExactly(
            begin + part + ",\"host\":\"x\\u00e9\\\"y\\u000a\"}",
            begin + ",\"long\":\"" + "x".repeat(1_350) + '"' + part + "}",
            begin + ",\"long\":\"" + "x".repeat(1_355) + "\"}");
  }

  private static void append(LogBuffer buffer, String line) {
    byte[] bytes = line.getBytes(StandardCharsets.US_ASCII);
    buffer.append(bytes, bytes.length);
  }
}
