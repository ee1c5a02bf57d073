package io.terminator.core.route;

import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A backend's servers, resolved, as one published list; workers read it, whoever resolves, checks or operates them replaces
 * it whole. Any thread; only {@link #choose} is meant for workers, and it takes no lock.
 */
public final class BackendPool {
  private static final Logger LOG = LoggerFactory.getLogger(BackendPool.class);

  private final String name;
  private final Balance balance;
  private final int panicThreshold;
  private final Severing severing;

  /** By server name, so that addresses which a name gets later are in the same state. */
  private final Map<String, ServerState> states = new HashMap<>();

  private volatile Members members;

  /** {@code panicThreshold} as {@link Members#of(List, int)} has it. */
  public BackendPool(
      String name, Balance balance, int panicThreshold, Severing severing, List<Server> servers) {
    this.name = name;
    this.balance = balance;
    this.panicThreshold = panicThreshold;
    this.severing = severing;
    for (Server server : servers) {
      ServerState state = server.state();
      if (state != ServerState.READY) {
        states.put(server.name(), state);
      }
    }
    this.members = Members.of(servers, panicThreshold);
  }

  public BackendPool(String name, Balance balance, List<Server> servers) {
    this(name, balance, 1, Severing.NONE, servers);
  }

  public String name() {
    return name;
  }

  /** Servers that stay are the same objects as before: they keep their counters and their health. */
  public synchronized void publish(List<Server> resolved) {
    for (Server server : resolved) {
      server.toState(states.getOrDefault(server.name(), ServerState.READY));
    }
    members = Members.of(resolved, panicThreshold);
  }

  /** What is published now. */
  public List<Server> servers() {
    return members.servers();
  }

  /**
   * What the operator wants of the server that is written as {@code server}, all of its addresses; false when there is
   * none. It holds until the next call or the end of the process, a reload that keeps the server included.
   */
  public synchronized boolean setState(String server, ServerState state) {
    List<Server> changed = new ArrayList<>();
    boolean there = false;
    for (Server each : members.servers()) {
      if (each.name().equals(server)) {
        there = true;
        if (each.toState(state)) {
          changed.add(each);
        }
      }
    }
    if (!there) {
      return false;
    }
    states.put(server, state);
    members = Members.of(members.servers(), panicThreshold);
    if (!changed.isEmpty()) {
      LOG.info("backend={} server={}: {} from now on", name, server, state.label());
    }
    if (state == ServerState.DISABLED) {
      changed.forEach(each -> severing.sever(each, "the server was disabled"));
    }
    return true;
  }

  /** The servers as of now, for lists. */
  public List<ServerView> view() {
    long now = System.nanoTime();
    return members.servers().stream().map(server -> server.view(now)).toList();
  }

  /** What may be dialled for one connection of {@code worker}, from its first choice on. */
  public Choice choose(Object worker, SocketAddress client) {
    return new Choice(
        members, balance, worker, client, ThreadLocalRandom.current(), System.nanoTime());
  }
}
