package io.terminator.core.logbuffer;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The cost of the log line of one connection on a worker: building it, appending it, and both. It
 * includes the flusher's copy of a few nanoseconds per line, since the buffer must not fill up.
 *
 * <p>Run: {@code test-harness/load/jmh LogAppendBenchmark -prof gc}
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class LogAppendBenchmark {
  private static final int LINE = 400;

  private final LogBuffer buffer = new LogBuffer(1 << 20, this::flush);
  private final ByteBuffer disk = ByteBuffer.allocateDirect(1 << 20);
  private final JsonLine line = new JsonLine();
  private final byte[] ready = new byte[LINE];
  private long id;

  private void flush() {
    disk.clear();
    buffer.take(disk);
  }

  @Benchmark
  public long append() {
    buffer.append(ready, LINE);
    return notDropped();
  }

  @Benchmark
  public long buildAndAppend() {
    id++;
    line.begin(1_700_000_000_000L + id / 100)
        .text("event", "connection")
        .text("connection", "1f3a9c")
        .text("listener", "web")
        .text("client", "192.0.2.17")
        .number("client-port", 40_000 + (id & 0xfff))
        .text("phase", "close")
        .text("reason", "client-closed")
        .text("sni", "shop.example.com")
        .text("alpn", "h2")
        .text("version", "TLSv1.3")
        .text("cipher", "TLS_AES_128_GCM_SHA256")
        .text("group", "X25519MLKEM768")
        .flag("resumed", (id & 1) == 0)
        .text("ja4", "t13d1516h2_8daaf6152771_02713d6af862")
        .text("backend", "app")
        .text("server", "10.0.0.1:8080")
        .number("bytes-in", id)
        .number("bytes-out", id * 31)
        .millis("handshake-ms", 1_234_567)
        .millis("relay-ms", id)
        .endInto(buffer);
    return notDropped();
  }

  /** A dropped line would cost nothing and falsify the result. */
  private long notDropped() {
    if (buffer.dropped() != 0) {
      throw new IllegalStateException("the buffer ran full");
    }
    return buffer.entries();
  }
}
