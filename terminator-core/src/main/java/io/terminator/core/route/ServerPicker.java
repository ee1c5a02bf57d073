package io.terminator.core.route;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.BitSet;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Load balancing for one connection: picks a backend's servers, each at most once. Healthy servers
 * come first, then healthy backups, then any server, since an ejected one may work again. Disabled
 * servers are never picked, and draining ones only for clients that belong to them. Worker thread
 * only.
 */
public final class ServerPicker {

  /** The conditions for picking a server, the strictest first. */
  private enum Tier {
    /** Up and not ejected. */
    GOOD,
    /** Up, possibly ejected. */
    UP,
    /** Regardless of the health checks. */
    ANY
  }

  private static final Tier[] TIERS = Tier.values();

  private final ServerSet members;
  private final List<Server> servers;
  private final Balance balance;
  private final Object worker;
  private final SocketAddress client;
  private @Nullable Server preferred;
  private final RandomGenerator random;
  private final long now;
  private final BitSet tried;
  private boolean full;

  ServerPicker(
      ServerSet members,
      Balance balance,
      Object worker,
      SocketAddress client,
      RandomGenerator random,
      long now) {
    this.members = members;
    this.servers = members.servers();
    this.balance = balance;
    this.worker = worker;
    this.client = client;
    this.random = random;
    this.now = now;
    this.tried = new BitSet(servers.size());
  }

  /** Picks {@code server} first unless it is null, down, ejected, full or disabled. */
  void prefer(@Nullable Server server) {
    preferred = server;
  }

  /** The next server to try, with a slot reserved on it; null if each was tried or is full. */
  public @Nullable Server next() {
    full = false;
    Server first = preferred;
    preferred = null;
    if (first != null) {
      int index = servers.indexOf(first);
      if (index >= 0 && isUsable(first) && first.tryReserve()) {
        tried.set(index);
        return first;
      }
    }
    for (Tier tier : TIERS) {
      if (tier == Tier.ANY && !members.lastResort()) {
        break;
      }
      int picked = pickFree(false, tier);
      if (picked < 0 && !full) {
        picked = pickFree(true, tier);
      }
      if (picked >= 0) {
        tried.set(picked);
        return servers.get(picked);
      }
      if (full) {
        break;
      }
    }
    return null;
  }

  /** Also in drain: the operator waits for the clients that belong to the server. */
  private boolean isUsable(Server server) {
    ServerStatus status = server.status();
    return status.state() != ServerState.DISABLED
        && (members.panic() || status.health() != ServerHealth.DOWN)
        && server.isAvailable(now);
  }

  /**
   * Whether {@link #next} was null because the eligible servers have reached their connection
   * limits.
   */
  public boolean isFull() {
    return full;
  }

  private int pickFree(boolean backup, Tier tier) {
    while (true) {
      int picked = pick(backup, tier);
      // Another worker may have taken the last slot meanwhile.
      if (picked < 0 || servers.get(picked).tryReserve()) {
        return picked;
      }
    }
  }

  /** Records that a server was skipped because it is full. */
  private boolean isEligible(int index, boolean backup, Tier tier) {
    Server server = servers.get(index);
    if (server.isBackup() != backup || tried.get(index)) {
      return false;
    }
    ServerStatus status = server.status();
    boolean good =
        status.state() == ServerState.READY
            && (tier == Tier.ANY || members.panic() || status.health() != ServerHealth.DOWN)
            && (tier != Tier.GOOD || server.isAvailable(now));
    if (good && !server.hasRoom()) {
      full = true;
      return false;
    }
    return good;
  }

  private int pick(boolean backup, Tier tier) {
    return switch (balance) {
      case ROUND_ROBIN -> roundRobin(backup, tier);
      case LEAST_CONNECTIONS -> leastConnections(backup, tier);
      case RANDOM_TWO -> {
        int one = atRandom(backup, tier, -1);
        int other = one < 0 ? -1 : atRandom(backup, tier, one);
        yield other < 0 || compareLoad(one, other) <= 0 ? one : other;
      }
      case SOURCE_HASH -> bySourceHash(backup, tier);
    };
  }

  /**
   * Smooth weighted round robin: each server gains its weight, the highest total wins and pays the
   * sum. This spreads the turns of heavy servers.
   */
  private int roundRobin(boolean backup, Tier tier) {
    int best = -1;
    long most = Long.MIN_VALUE;
    long total = 0;
    for (int i = 0; i < servers.size(); i++) {
      if (isEligible(i, backup, tier)) {
        Server server = servers.get(i);
        ServerCounters counters = server.counters(worker);
        counters.credit += server.weight(now);
        total += server.weight(now);
        if (counters.credit > most) {
          most = counters.credit;
          best = i;
        }
      }
    }
    if (best >= 0) {
      servers.get(best).counters(worker).credit -= total;
    }
    return best;
  }

  private int leastConnections(boolean backup, Tier tier) {
    int best = -1;
    int equals = 0;
    for (int i = 0; i < servers.size(); i++) {
      if (isEligible(i, backup, tier)) {
        int order = best < 0 ? -1 : compareLoad(i, best);
        equals = order < 0 ? 1 : order == 0 ? equals + 1 : equals;
        // Ties are broken at random: otherwise the first server would get every client while load
        // is low.
        if (order < 0 || (order == 0 && random.nextInt(equals) == 0)) {
          best = i;
        }
      }
    }
    return best;
  }

  private int atRandom(boolean backup, Tier tier, int except) {
    long total = 0;
    for (int i = 0; i < servers.size(); i++) {
      if (i != except && isEligible(i, backup, tier)) {
        total += servers.get(i).weight(now);
      }
    }
    if (total == 0) {
      return -1;
    }
    long left = random.nextLong(total);
    int last = -1;
    for (int i = 0; i < servers.size() && left >= 0; i++) {
      if (i != except && isEligible(i, backup, tier)) {
        left -= servers.get(i).weight(now);
        last = i;
      }
    }
    return last;
  }

  /**
   * Rendezvous hashing: every server gets a number that depends only on the client and on itself;
   * the highest wins.
   */
  private int bySourceHash(boolean backup, Tier tier) {
    long source =
        client instanceof InetSocketAddress inet ? hashOf(inet.getAddress().getAddress()) : 0;
    int best = -1;
    double highest = 0;
    for (int i = 0; i < servers.size(); i++) {
      if (isEligible(i, backup, tier)) {
        Server server = servers.get(i);
        // In (0, 1), excluding both ends: its logarithm is negative and finite.
        double drawn = ((mixed(server.hash() ^ source) >>> 11) + 0.5) * 0x1p-53;
        double score = server.weight(now) / -Math.log(drawn);
        if (best < 0 || score > highest) {
          highest = score;
          best = i;
        }
      }
    }
    return best;
  }

  /** By connections per weight, including the new connection. */
  private int compareLoad(int one, int other) {
    Server a = servers.get(one);
    Server b = servers.get(other);
    return Long.compare(
        (a.count(ServerCount.ACTIVE) + 1) * b.weight(now),
        (b.count(ServerCount.ACTIVE) + 1) * a.weight(now));
  }

  /** FNV-1a. */
  static long hashOf(byte[] bytes) {
    long hash = 0xcbf29ce484222325L;
    for (byte one : bytes) {
      hash = (hash ^ (one & 0xff)) * 0x100000001b3L;
    }
    return hash;
  }

  /** Spreads every input bit over the whole output (the finalizer of SplitMix64). */
  static long mixed(long bits) {
    long z = (bits ^ bits >>> 30) * 0xbf58476d1ce4e5b9L;
    z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
    return z ^ z >>> 31;
  }
}
