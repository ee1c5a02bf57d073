package io.terminator.core.route;

import io.terminator.core.observe.Counted;
import io.terminator.core.observe.CounterSource;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One address of a backend's server, with its counters per worker and its outlier ejection. The
 * name is as configured; a name with several addresses yields several servers. Any thread.
 */
public final class Server implements CounterSource {
  private static final long FIRST_EJECTION = Duration.ofSeconds(1).toNanos();
  private static final int MOST_DOUBLINGS = 5;

  private final String name;
  private final SocketAddress address;
  private final int weight;
  private final boolean backup;
  private final long hash;
  private final Map<Object, ServerCounters> perWorker = new ConcurrentHashMap<>();
  private final AtomicReference<@Nullable Ejection> ejection = new AtomicReference<>();
  private final int mostConnections;
  private final long slowStart;

  /** Counted only if there is a limit, because it is the only number that the workers share. */
  private final AtomicInteger reserved = new AtomicInteger();

  private volatile @Nullable ConnectQueue queue;
  private volatile String finding = "";
  private final AtomicReference<ServerStatus> status = new AtomicReference<>(ServerStatus.NEW);

  /** Consecutive responses that are errors; written only while there are any. */
  private final AtomicInteger errors = new AtomicInteger();

  /**
   * Outlier ejection until {@code until}, the last of {@code times} consecutive ones; {@code
   * byResponses}: a connect that succeeds proves nothing.
   */
  private record Ejection(int times, long until, boolean byResponses) {}

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

  /** Whether this server is the result of {@code config} and {@code address}. */
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

  /** The weight in thousandths, reduced during slow start; at least 1. */
  long weight(long nowNanos) {
    long whole = weight * 1000L;
    if (slowStart == 0) {
      return whole;
    }
    long since = status().risenNanos();
    long age = nowNanos - since;
    // Starts at a tenth: with less the server would not get enough connections to show whether it
    // works.
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

  /** Whether a connection that is idle now is likely to get another request. */
  public boolean isInService() {
    ServerStatus now = status();
    return now.state() == ServerState.READY && now.health() != ServerHealth.DOWN;
  }

  ServerStatus status() {
    return status.get();
  }

  /** True if this is a change. */
  boolean toState(ServerState next) {
    long now = System.nanoTime();
    return status.getAndUpdate(before -> before.with(next, now)).state() != next;
  }

  /** True if this is a change. */
  boolean toHealth(ServerHealth next) {
    long now = System.nanoTime();
    return status.getAndUpdate(before -> before.with(next, now)).health() != next;
  }

  /** The result of the last check as text. */
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

  /** Takes a slot, which {@link ServerCounters#release} gives back; false if all are taken. */
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

  /** Sets the queue in which connections wait for a slot on this server. */
  void queueIn(ConnectQueue in) {
    queue = in;
  }

  ServerView view(long nowNanos) {
    ServerStatus now = status();
    return new ServerView(
        name,
        address,
        new ServerView.Standing(now.state(), now.health(), !isAvailable(nowNanos), finding),
        new ServerView.Placement(weight, backup, mostConnections),
        new ServerView.Counts(
            count(ServerCount.ACTIVE),
            count(ServerCount.CONNECTIONS),
            count(ServerCount.CONNECT_FAILURES)));
  }

  long hash() {
    return hash;
  }

  /** The counters written only by {@code worker}; created on first request and kept permanently. */
  public ServerCounters counters(Object worker) {
    ServerCounters there = perWorker.get(worker);
    return there != null
        ? there
        : perWorker.computeIfAbsent(worker, key -> new ServerCounters(this));
  }

  /** The counts of each worker, after a zero for each {@link ServerCount}. */
  @Override
  public void forEach(ObjLongConsumer<Counted> reader) {
    // Exported before the first connection: rate() does not see the first increment of a series
    // that appears with it.
    for (ServerCount what : ServerCount.values()) {
      reader.accept(what, 0);
    }
    perWorker.values().forEach(counters -> counters.forEach(reader));
  }

  /** The sum over all workers. */
  public long count(ServerCount what) {
    long sum = 0;
    for (ServerCounters counters : perWorker.values()) {
      sum += counters.get(what);
    }
    return sum;
  }

  /**
   * Outlier ejection after a failed connect: one second, then two, up to half a minute. Connects
   * that were already in progress do not prolong it. True if the server is ejected now.
   */
  public boolean eject(long nowNanos) {
    return eject(nowNanos, false);
  }

  private boolean eject(long nowNanos, boolean byResponses) {
    Ejection before = ejection.get();
    if (before != null && nowNanos - before.until() < 0) {
      return false;
    }
    int times = before == null ? 0 : Math.min(before.times() + 1, MOST_DOUBLINGS);
    return ejection.compareAndSet(
        before, new Ejection(times, nowNanos + (FIRST_EJECTION << times), byResponses));
  }

  /**
   * Counts a failed connect at {@code worker} and ejects this server. Also for a connection that
   * was open already on this side: a TLS 1.3 server refuses its client only then.
   */
  public void refused(Object worker) {
    ServerCounters counters = counters(worker);
    counters.failed();
    if (eject(System.nanoTime())) {
      counters.ejected();
    }
  }

  /** Ends the ejection for failed connects after a successful one. */
  public void restore() {
    Ejection now = ejection.get();
    if (now != null && !now.byResponses()) {
      ejection.compareAndSet(now, null);
    }
  }

  /**
   * A response is an error of the server. After {@code most} consecutive ones, or after the first
   * one that follows an ejection for responses, the server is ejected as after a failed connect.
   * True if it is ejected now.
   */
  boolean erred(int most, long nowNanos) {
    Ejection before = ejection.get();
    boolean again = before != null && before.byResponses() && nowNanos - before.until() >= 0;
    if (errors.incrementAndGet() < most && !again) {
      return false;
    }
    errors.set(0);
    return eject(nowNanos, true);
  }

  /**
   * A response is not an error of the server. It ends an ejection for responses that has expired,
   * but not a current one: the request may be older than the errors.
   */
  void answered(long nowNanos) {
    if (errors.get() != 0) {
      errors.set(0);
    }
    Ejection now = ejection.get();
    if (now != null && now.byResponses() && nowNanos - now.until() >= 0) {
      ejection.compareAndSet(now, null);
    }
  }

  /** False while the server is ejected. */
  public boolean isAvailable(long nowNanos) {
    Ejection now = ejection.get();
    return now == null || nowNanos - now.until() >= 0;
  }

  @Override
  public String toString() {
    return name;
  }
}
