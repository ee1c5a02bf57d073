package io.terminator.tls.report;

import io.terminator.core.observe.CounterSet;
import io.terminator.core.setting.CidrSet;
import io.terminator.core.worker.Worker;
import io.terminator.tls.policy.CanaryConfig;
import io.terminator.tls.policy.NamedPolicy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.CRC32;

/**
 * Which clients a policy in canary mode serves, and how the handshakes of its clients end: of those
 * that it serves, the canary, and of the others, the stable stage. Each worker has its own
 * counters; any thread reads.
 */
public final class CanaryReport {
  private final String listener;
  private final NamedPolicy policy;
  private final CanaryConfig config;
  private final CidrSet sources;
  private final int salt;
  private final Map<Worker, CounterSet<Ended>> counts = new ConcurrentHashMap<>();

  private enum Ended {
    STABLE_COMPLETED,
    STABLE_FAILED,
    CANARY_COMPLETED,
    CANARY_FAILED
  }

  /** Handshakes of one stage. */
  public record Stage(long completed, long failed) {
    public long handshakes() {
      return completed + failed;
    }

    /** Failed handshakes in percent. */
    public double failurePercent() {
      return handshakes() == 0 ? 0 : 100.0 * failed / handshakes();
    }

    Stage minus(Stage earlier) {
      return new Stage(completed - earlier.completed, failed - earlier.failed);
    }
  }

  /** Both stages at one time. */
  public record Totals(Stage stable, Stage canary) {
    public static final Totals NONE = new Totals(new Stage(0, 0), new Stage(0, 0));

    /** The handshakes since {@code earlier}. */
    public Totals minus(Totals earlier) {
      return new Totals(stable.minus(earlier.stable), canary.minus(earlier.canary));
    }
  }

  /** {@code policy} has canary settings. */
  public CanaryReport(String listener, NamedPolicy policy) {
    CanaryConfig canary = policy.canary();
    if (canary == null) {
      throw new IllegalArgumentException(policy.name() + " has no canary settings");
    }
    this.listener = listener;
    this.policy = policy;
    this.config = canary;
    this.sources = CidrSet.of(canary.sources());
    CRC32 crc = new CRC32();
    crc.update(policy.name().getBytes(StandardCharsets.UTF_8));
    this.salt = (int) crc.getValue();
  }

  public String listener() {
    return listener;
  }

  public NamedPolicy policy() {
    return policy;
  }

  public CanaryConfig config() {
    return config;
  }

  /**
   * Whether the policy serves {@code client}. The same source always gets the same answer, from
   * every worker and replica. Clients of a unix socket have no source and are not served.
   */
  public boolean takes(SocketAddress client) {
    if (!(client instanceof InetSocketAddress inet) || inet.getAddress() == null) {
      return false;
    }
    InetAddress source = inet.getAddress();
    return bucket(source) < config.percent() || sources.contains(source);
  }

  /** From 0 to 99. Neighbouring addresses are independent of each other. */
  private int bucket(InetAddress source) {
    int hash = salt;
    for (byte each : source.getAddress()) {
      hash = (hash ^ each) * 0x01000193;
    }
    hash ^= hash >>> 16;
    hash *= 0x85ebca6b;
    hash ^= hash >>> 13;
    hash *= 0xc2b2ae35;
    hash ^= hash >>> 16;
    return Integer.remainderUnsigned(hash, 100);
  }

  /** Counts a handshake that has ended. Only on {@code worker}. */
  public void count(Worker worker, boolean isCanary, boolean completed) {
    CounterSet<Ended> own = counts.get(worker);
    if (own == null) {
      own = new CounterSet<>(Ended.class);
      counts.put(worker, own);
    }
    own.add(
        isCanary
            ? completed ? Ended.CANARY_COMPLETED : Ended.CANARY_FAILED
            : completed ? Ended.STABLE_COMPLETED : Ended.STABLE_FAILED);
  }

  /** All handshakes since the canary began. Any thread. */
  public Totals totals() {
    return new Totals(
        new Stage(sum(Ended.STABLE_COMPLETED), sum(Ended.STABLE_FAILED)),
        new Stage(sum(Ended.CANARY_COMPLETED), sum(Ended.CANARY_FAILED)));
  }

  private long sum(Ended what) {
    return counts.values().stream().mapToLong(each -> each.get(what)).sum();
  }
}
