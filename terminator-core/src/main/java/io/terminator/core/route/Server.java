package io.terminator.core.route;

import java.net.SocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One address that a backend.s connections may go to, with its counters by worker and its outlier ejection. The name
 * is the operator's spelling; a name with several addresses makes several servers. Any thread.
 */
public final class Server {
  private static final long FIRST_EJECTION = Duration.ofSeconds(1).toNanos();
  private static final int MOST_DOUBLINGS = 5;

  private final String name;
  private final SocketAddress address;
  private final int weight;
  private final boolean backup;
  private final long hash;
  private final Map<Object, ServerTally> tallies = new ConcurrentHashMap<>();
  private final AtomicReference<@Nullable Ejection> ejection = new AtomicReference<>();
  private final int mostConnections;
  private final long slowStart;

  /** Counted only where there is a limit: it is the one number that workers share. */
  private final AtomicInteger reserved = new AtomicInteger();

  private volatile @Nullable ConnectQueue queue;
  private volatile String finding = "";
  private final AtomicReference<ServerStatus> status = new AtomicReference<>(ServerStatus.NEW);

  /** Outlier ejection until {@code until}, the last of {@code times} in a row. */
  private record Ejection(int times, long until) {}

  public Server(ServerConfig config, SocketAddress address) {
    this.name = config.address().toString();
    this.address = address;
    this.weight = config.weight();
    this.backup = config.backup();
    this.mostConnections = config.mostConnections();
    this.slowStart = config.slowStart().toNanos();
    this.hash =
        ServerPicker.mixed(
            ServerPicker.hashOf(
                (name + " " + address).getBytes(java.nio.charset.StandardCharsets.UTF_8)));
  }

  /** Whether this is what {@code config} makes of {@code address}. */
  public boolean is(ServerConfig config, SocketAddress at) {
    return name.equals(config.address().toString())
        && address.equals(at)
        && weight == config.weight()
        && backup == config.backup()
        && mostConnections == config.mostConnections()
        && slowStart == config.slowStart().toNanos();
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

  /** In thousandths, and less while it starts slowly; at least 1. */
  long weight(long nowNanos) {
    long whole = weight * 1000L;
    if (slowStart == 0) {
      return whole;
    }
    long since = status().risenNanos();
    long age = nowNanos - since;
    // A tenth at first: with less it would not even see whether it works.
    return since == 0 || age >= slowStart
        ? whole
        : Math.max(whole / 10, (long) (whole * ((double) age / slowStart)));
  }

  public boolean isBackup() {
    return backup;
  }

  public ServerState state() {
    return status().state();
  }

  public ServerHealth health() {
    return status().health();
  }

  ServerStatus status() {
    return status.get();
  }

  /** True if that is a change. */
  boolean toState(ServerState next) {
    long now = System.nanoTime();
    return status.getAndUpdate(before -> before.with(next, now)).state() != next;
  }

  /** True if that is a change. */
  boolean toHealth(ServerHealth next) {
    long now = System.nanoTime();
    return status.getAndUpdate(before -> before.with(next, now)).health() != next;
  }

  /** What the last check found, in words. */
  public void toFinding(String words) {
    finding = words;
  }

  String finding() {
    return finding;
  }

  boolean isLimited() {
    return mostConnections > 0;
  }

  boolean hasRoom() {
    return mostConnections == 0 || reserved.get() < mostConnections;
  }

  /** Takes a slot, which {@link ServerTally#release} gives back; false when all are taken. */
  boolean tryReserve() {
    if (mostConnections == 0) {
      return true;
    }
    int now = reserved.get();
    while (now < mostConnections) {
      if (reserved.compareAndSet(now, now + 1)) {
        return true;
      }
      now = reserved.get();
    }
    return false;
  }

  void releaseSlot() {
    if (mostConnections > 0) {
      reserved.decrementAndGet();
      ConnectQueue waiting = queue;
      if (waiting != null) {
        waiting.wakeNext();
      }
    }
  }

  /** Sets where connections wait for a slot here. */
  void queueIn(ConnectQueue in) {
    queue = in;
  }

  ServerView view(long nowNanos) {
    ServerStatus now = status();
    return new ServerView(
        name,
        address,
        now.state(),
        now.health(),
        !isAvailable(nowNanos),
        finding,
        weight,
        backup,
        mostConnections,
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
    return there != null ? there : tallies.computeIfAbsent(worker, key -> new ServerTally(this));
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
   * Outlier ejection after a failed connect: for one second, then two, up to half a minute. Connects that were already under
   * way do not prolong it.
   */
  public void eject(long nowNanos) {
    Ejection before = ejection.get();
    if (before == null || nowNanos - before.until() >= 0) {
      int times = before == null ? 0 : Math.min(before.times() + 1, MOST_DOUBLINGS);
      ejection.compareAndSet(before, new Ejection(times, nowNanos + (FIRST_EJECTION << times)));
    }
  }

  /** Ends the ejection: it accepted a connection. */
  public void restore() {
    if (ejection.get() != null) {
      ejection.set(null);
    }
  }

  /** False while it is ejected. */
  public boolean isAvailable(long nowNanos) {
    Ejection now = ejection.get();
    return now == null || nowNanos - now.until() >= 0;
  }

  @Override
  public String toString() {
    return name;
  }
}
