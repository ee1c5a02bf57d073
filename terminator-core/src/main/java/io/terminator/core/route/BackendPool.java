package io.terminator.core.route;

import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * A backend's servers, resolved, as one published list; workers read it, whoever resolves, checks or operates them replaces
 * it whole. Any thread; only {@link #choose} is meant for workers, and it takes no lock.
 */
public final class BackendPool {

  private final String name;
  private final Balance balance;
  private final int panicThreshold;
  private final ServerConnections connections;

  /** By server name, so that addresses which a name gets later are in the same state. */
  private final Map<String, ServerState> states = new HashMap<>();

  private final ConnectQueue queue;
  private volatile ServerSet members;
  private volatile boolean limited;

  /**
   * {@code panicThreshold} as {@link ServerSet#of(List, int)} has it. States and waiting connections come from {@code before}, the
   * pool that this one replaces; servers are published apart.
   */
  public BackendPool(
      String name,
      Balance balance,
      int panicThreshold,
      ServerConnections connections,
      @Nullable BackendPool before) {
    this.name = name;
    this.balance = balance;
    this.panicThreshold = panicThreshold;
    this.connections = connections;
    this.queue = before == null ? new ConnectQueue() : before.queue;
    this.members = ServerSet.of(List.of(), panicThreshold);
    if (before != null) {
      synchronized (before) {
        states.putAll(before.states);
      }
    }
  }

  public BackendPool(String name, Balance balance, List<Server> servers) {
    this(name, balance, 1, ServerConnections.NONE, null);
    publish(servers);
  }

  public String name() {
    return name;
  }

  /** Servers that stay are the same objects as before: they keep their counters and their health. */
  public synchronized void publish(List<Server> resolved) {
    for (Server server : resolved) {
      server.toState(states.getOrDefault(server.name(), ServerState.READY));
      server.queueIn(queue);
    }
    limited = resolved.stream().anyMatch(Server::isLimited);
    members = ServerSet.of(resolved, panicThreshold);
    queue.wakeAll();
  }

  /** Whether so few servers are up that clients go to all of them. */
  public boolean isPanicking() {
    return members.panic();
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
    queue.wakeAll();
    members = ServerSet.of(members.servers(), panicThreshold);
    if (state == ServerState.DISABLED) {
      changed.forEach(each -> connections.close(each, "the server was disabled"));
    }
    return true;
  }

  /**
   * What the checks of {@code server}, one of these, say from now on; {@code close} those that are open if it is down. False
   * where they said so before.
   */
  public synchronized boolean setHealth(Server server, ServerHealth health, boolean close) {
    if (!server.toHealth(health)) {
      return false;
    }
    members = ServerSet.of(members.servers(), panicThreshold);
    queue.wakeAll();
    if (health == ServerHealth.DOWN) {
      if (close) {
        connections.close(server, "the server is down: " + server.finding());
      }
    }
    return true;
  }

  /** Whether connections wait already: a new one must not overtake them. */
  public boolean hasQueue() {
    return limited && queue.size() > 0;
  }

  /** Where connections wait for a server with a free slot. */
  public ConnectQueue queue() {
    return queue;
  }

  /** The servers as of now, for lists. */
  public List<ServerView> view() {
    long now = System.nanoTime();
    return members.servers().stream().map(server -> server.view(now)).toList();
  }

  /** Load balancing for one connection of {@code worker}. */
  public ServerPicker choose(Object worker, SocketAddress client) {
    return new ServerPicker(
        members, balance, worker, client, ThreadLocalRandom.current(), System.nanoTime());
  }
}
