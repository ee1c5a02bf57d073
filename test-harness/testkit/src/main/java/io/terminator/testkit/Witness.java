package io.terminator.testkit;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A well-behaved client of a process under attack: it sends requests continuously, over a
 * connection from before the attack and over new ones, and records the time of each answer and the
 * resources of the process. The backend behind the process has to echo.
 */
public final class Witness {

  /** The attack, during which the witness measures the process. */
  @FunctionalInterface
  public interface Attack {
    void run() throws Exception;
  }

  /**
   * The measurements: processor time including the witness's own handshakes, the maximum of memory
   * and descriptors above the values before, the number of answers to the witness, and its longest
   * wait.
   */
  public record Seen(
      Duration cpu, long moreBytes, long moreDescriptors, int served, Duration longest) {}

  private static final byte[] WORD = Deterministic.bytes(8, 100);
  private static final long PAUSE_MILLIS = 5;
  private static final int FEWEST = 5;

  private final RunningProcess process;
  private final TlsClient client;
  private final InetSocketAddress address;
  private final CountDownLatch over = new CountDownLatch(1);
  private int served;
  private long longestNanos;
  private long mostBytes;
  private long mostDescriptors;
  private @Nullable Exception failure;

  private Witness(RunningProcess process, TlsClient client, InetSocketAddress address) {
    this.process = process;
    this.client = client;
    this.address = address;
  }

  /**
   * Runs {@code attack} on {@code process}, which listens on {@code address}, and returns the
   * measurements.
   */
  public static Seen of(
      Attack attack, RunningProcess process, TlsClient client, InetSocketAddress address)
      throws Exception {
    Witness witness = new Witness(process, client, address);
    Duration cpu = process.cpuTime();
    long bytes = process.residentBytes();
    long descriptors = process.descriptors();
    try (TlsConnection older = client.connect(address)) {
      Thread thread = new Thread(() -> witness.watch(older), "witness");
      thread.start();
      try {
        attack.run();
      } finally {
        witness.over.countDown();
        thread.join();
      }
    }
    Exception failure = witness.failure;
    if (failure != null) {
      throw new AssertionError("another client was not served meanwhile", failure);
    }
    return new Seen(
        process.cpuTime().minus(cpu),
        witness.mostBytes - bytes,
        witness.mostDescriptors - descriptors,
        witness.served,
        Duration.ofNanos(witness.longestNanos));
  }

  /** Measures at least a few times, even if the attack was short. */
  private void watch(TlsConnection older) {
    try {
      while (!over.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS) || served < FEWEST) {
        long start = System.nanoTime();
        ask(older);
        try (TlsConnection newer = client.connect(address)) {
          ask(newer);
        }
        longestNanos = Math.max(longestNanos, System.nanoTime() - start);
        served++;
        mostBytes = Math.max(mostBytes, process.residentBytes());
        mostDescriptors = Math.max(mostDescriptors, process.descriptors());
      }
    } catch (IOException | InterruptedException | RuntimeException notServed) {
      failure = notServed;
    }
  }

  private static void ask(TlsConnection connection) throws IOException {
    connection.write(WORD);
    byte[] answer = connection.readExactly(WORD.length);
    if (!java.util.Arrays.equals(answer, WORD)) {
      throw new IOException("the answer is not what was sent");
    }
  }
}
