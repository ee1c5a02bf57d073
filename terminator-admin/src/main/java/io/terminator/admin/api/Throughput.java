package io.terminator.admin.api;

import io.terminator.core.connection.WorkerTotals;
import io.terminator.core.observe.ByteCount;
import io.terminator.core.observe.ListenerCounters;
import io.terminator.core.observe.WorkerCount;
import java.util.function.Supplier;

/**
 * Throughput over about the last second: the difference between two samples. One thread samples,
 * any thread reads.
 */
public final class Throughput {
  private final Supplier<WorkerTotals> totals;
  private volatile Rates rates = new Rates(0, 0, 0, 0);
  private long lastNanos;
  private long[] last = new long[0];

  /**
   * Rates per second. Bytes are plaintext: {@code in} counts bytes to backends, {@code out} bytes
   * to clients.
   */
  public record Rates(
      double bytesInPerSecond,
      double bytesOutPerSecond,
      double connectionsPerSecond,
      double handshakesPerSecond) {}

  public Throughput(Supplier<WorkerTotals> totals) {
    this.totals = totals;
  }

  /** Takes a sample. Call it about once per second, always from the same thread. */
  public void sample() {
    WorkerTotals now = totals.get();
    long nanos = System.nanoTime();
    long[] counts = {
      now.bytes(ByteCount.BYTES_IN),
      now.bytes(ByteCount.BYTES_OUT),
      now.count(WorkerCount.CONNECTIONS_TOTAL),
      handshakes(now)
    };
    if (last.length > 0 && nanos > lastNanos) {
      double seconds = (nanos - lastNanos) / 1e9;
      rates =
          new Rates(
              (counts[0] - last[0]) / seconds,
              (counts[1] - last[1]) / seconds,
              (counts[2] - last[2]) / seconds,
              (counts[3] - last[3]) / seconds);
    }
    last = counts;
    lastNanos = nanos;
  }

  static long handshakes(WorkerTotals totals) {
    long sum = 0;
    for (var perWorker : totals.listeners().values()) {
      for (ListenerCounters counters : perWorker) {
        sum += counters.handshakes();
      }
    }
    return sum;
  }

  public Rates now() {
    return rates;
  }
}
