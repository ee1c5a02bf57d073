package io.terminator.core.route;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.BitSet;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One connection's way through a backend's servers, each at most once: those that do well before backups that do well, and
 * when none is left any at all, for what failed a moment ago may work by now. What the operator took out is never tried.
 * Worker thread only.
 */
public final class Choice {

  /** How bad a server may look and still be picked. */
  private enum Standard {
    /** Up, and it accepted when it was last tried. */
    GOOD,
    /** Refused a moment ago. */
    UP,
    /** Down, the checks say. */
    ANY
  }

  private static final Standard[] STANDARDS = Standard.values();

  private final Members members;
  private final List<Server> servers;
  private final Balance balance;
  private final Object worker;
  private final SocketAddress client;
  private final RandomGenerator random;
  private final long now;
  private final BitSet tried;
  private boolean full;

  Choice(
      Members members,
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

  /** The next server to try, with a place on it reserved; null when each was tried, or is full. */
  public @Nullable Server next() {
    full = false;
    for (Standard standard : STANDARDS) {
      if (standard == Standard.ANY && !members.lastResort()) {
        break;
      }
      int picked = pickFree(false, standard);
      if (picked < 0 && !full) {
        picked = pickFree(true, standard);
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

  /** Whether {@link #next} was null because what might be tried has as many connections as it may. */
  public boolean isFull() {
    return full;
  }

  private int pickFree(boolean backup, Standard standard) {
    while (true) {
      int picked = pick(backup, standard);
      // Another worker may have taken the last place since we looked.
      if (picked < 0 || servers.get(picked).tryReserve()) {
        return picked;
      }
    }
  }

  /** Notes where a server is left out for being full. */
  private boolean isEligible(int index, boolean backup, Standard standard) {
    Server server = servers.get(index);
    if (server.isBackup() != backup || tried.get(index)) {
      return false;
    }
    Standing standing = server.standing();
    boolean good =
        standing.state() == ServerState.READY
            && (standard == Standard.ANY
                || members.panic()
                || standing.health() != ServerHealth.DOWN)
            && (standard != Standard.GOOD || server.isAvailable(now));
    if (good && !server.hasRoom()) {
      full = true;
      return false;
    }
    return good;
  }

  private int pick(boolean backup, Standard standard) {
    return switch (balance) {
      case ROUND_ROBIN -> inTurn(backup, standard);
      case LEAST_CONNECTIONS -> leastBusy(backup, standard);
      case RANDOM_TWO -> {
        int one = atRandom(backup, standard, -1);
        int other = one < 0 ? -1 : atRandom(backup, standard, one);
        yield other < 0 || compareLoad(one, other) <= 0 ? one : other;
      }
      case SOURCE_HASH -> bySource(backup, standard);
    };
  }

  /** Each gains its weight, who has most goes and pays for all: heavy servers do not come in bursts. */
  private int inTurn(boolean backup, Standard standard) {
    int best = -1;
    long most = Long.MIN_VALUE;
    long total = 0;
    for (int i = 0; i < servers.size(); i++) {
      if (isEligible(i, backup, standard)) {
        Server server = servers.get(i);
        ServerTally tally = server.tally(worker);
        tally.credit += server.weight(now);
        total += server.weight(now);
        if (tally.credit > most) {
          most = tally.credit;
          best = i;
        }
      }
    }
    if (best >= 0) {
      servers.get(best).tally(worker).credit -= total;
    }
    return best;
  }

  private int leastBusy(boolean backup, Standard standard) {
    int best = -1;
    int equals = 0;
    for (int i = 0; i < servers.size(); i++) {
      if (isEligible(i, backup, standard)) {
        int order = best < 0 ? -1 : compareLoad(i, best);
        equals = order < 0 ? 1 : order == 0 ? equals + 1 : equals;
        // Among equals by lot: the first of the list would get every client of a quiet hour.
        if (order < 0 || (order == 0 && random.nextInt(equals) == 0)) {
          best = i;
        }
      }
    }
    return best;
  }

  private int atRandom(boolean backup, Standard standard, int except) {
    long total = 0;
    for (int i = 0; i < servers.size(); i++) {
      if (i != except && isEligible(i, backup, standard)) {
        total += servers.get(i).weight(now);
      }
    }
    if (total == 0) {
      return -1;
    }
    long left = random.nextLong(total);
    int last = -1;
    for (int i = 0; i < servers.size() && left >= 0; i++) {
      if (i != except && isEligible(i, backup, standard)) {
        left -= servers.get(i).weight(now);
        last = i;
      }
    }
    return last;
  }

  /** Rendezvous: every server draws a number that depends on the client and itself alone, the highest wins. */
  private int bySource(boolean backup, Standard standard) {
    long source =
        client instanceof InetSocketAddress inet ? hashOf(inet.getAddress().getAddress()) : 0;
    int best = -1;
    double highest = 0;
    for (int i = 0; i < servers.size(); i++) {
      if (isEligible(i, backup, standard)) {
        Server server = servers.get(i);
        // In (0, 1), never either end: its logarithm is negative and finite.
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

  /** By connections per weight, the one to come included. */
  private int compareLoad(int one, int other) {
    Server a = servers.get(one);
    Server b = servers.get(other);
    return Long.compare(
        (a.count(ServerTally.Count.ACTIVE) + 1) * b.weight(now),
        (b.count(ServerTally.Count.ACTIVE) + 1) * a.weight(now));
  }

  /** FNV-1a. */
  static long hashOf(byte[] bytes) {
    long hash = 0xcbf29ce484222325L;
    for (byte one : bytes) {
      hash = (hash ^ (one & 0xff)) * 0x100000001b3L;
    }
    return hash;
  }

  /** Spreads every input bit over all of the output (the finalizer of SplitMix64). */
  static long mixed(long bits) {
    long z = (bits ^ bits >>> 30) * 0xbf58476d1ce4e5b9L;
    z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
    return z ^ z >>> 31;
  }
}
