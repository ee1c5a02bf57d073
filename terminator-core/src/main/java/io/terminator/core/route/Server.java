package io.terminator.core.route;

import java.net.SocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One address that a backend's connections may go to, and how it does: open connections by worker, connect failures. The name
 * is the operator's spelling; a name with several addresses makes several servers. Any thread.
 */
public final class Server {
  private static final long FIRST_SKIP = Duration.ofSeconds(1).toNanos();
  private static final int MOST_DOUBLINGS = 5;

  private final String name;
  private final SocketAddress address;
  private final int weight;
  private final boolean backup;
  private final long hash;
  private final Map<Object, ServerTally> tallies = new ConcurrentHashMap<>();
  private final AtomicReference<@Nullable Skip> skip = new AtomicReference<>();
  private final AtomicReference<Standing> standing = new AtomicReference<>(Standing.NEW);

  /** Not tried again before {@code until}; {@code times} in a row it was no better afterwards. */
  private record Skip(int times, long until) {}

  /** {@code weight} is at least 1. */
  public Server(String name, SocketAddress address, int weight, boolean backup) {
    this.name = name;
    this.address = address;
    this.weight = weight;
    this.backup = backup;
    this.hash =
        Choice.mixed(
            Choice.hashOf(
                (name + " " + address).getBytes(java.nio.charset.StandardCharsets.UTF_8)));
  }

  /** Of weight 1, no backup. */
  public Server(String name, SocketAddress address) {
    this(name, address, ServerConfig.DEFAULT_WEIGHT, false);
  }

  public String name() {
    return name;
  }

  public SocketAddress address() {
    return address;
  }

  public int weight() {
    return weight;
  }

  public boolean isBackup() {
    return backup;
  }

  public ServerState state() {
    return standing().state();
  }

  public ServerHealth health() {
    return standing().health();
  }

  Standing standing() {
    return standing.get();
  }

  /** True if that is a change. */
  boolean toState(ServerState next) {
    long now = System.nanoTime();
    return standing.getAndUpdate(before -> before.with(next, now)).state() != next;
  }

  /** True if that is a change. */
  boolean toHealth(ServerHealth next) {
    long now = System.nanoTime();
    return standing.getAndUpdate(before -> before.with(next, now)).health() != next;
  }

  ServerView view(long nowNanos) {
    Standing now = standing();
    return new ServerView(
        name,
        address,
        now.state(),
        now.health(),
        !isAvailable(nowNanos),
        weight,
        backup,
        count(ServerTally.Count.ACTIVE),
        count(ServerTally.Count.CONNECTIONS),
        count(ServerTally.Count.CONNECT_FAILURES));
  }

  long hash() {
    return hash;
  }

  /** What {@code worker}, and nobody else, writes; made when first asked for, kept for good. */
  public ServerTally tally(Object worker) {
    ServerTally there = tallies.get(worker);
    return there != null ? there : tallies.computeIfAbsent(worker, key -> new ServerTally());
  }

  /** The sum over all workers. */
  public long count(ServerTally.Count what) {
    long sum = 0;
    for (ServerTally tally : tallies.values()) {
      sum += tally.get(what);
    }
    return sum;
  }

  /**
   * It refused or was silent: others come first for a second, then two, up to half a minute. Clients that were under way to
   * it at the same time do not prolong that.
   */
  public void toFailed(long nowNanos) {
    Skip before = skip.get();
    if (before == null || nowNanos - before.until() >= 0) {
      int times = before == null ? 0 : Math.min(before.times() + 1, MOST_DOUBLINGS);
      skip.compareAndSet(before, new Skip(times, nowNanos + (FIRST_SKIP << times)));
    }
  }

  /** It accepted a connection. */
  public void toAnswering() {
    if (skip.get() != null) {
      skip.set(null);
    }
  }

  /** False while others come first. */
  public boolean isAvailable(long nowNanos) {
    Skip now = skip.get();
    return now == null || nowNanos - now.until() >= 0;
  }

  @Override
  public String toString() {
    return name;
  }
}
