package io.terminator.core.route;

import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * The resolved servers of a backend as one published list. Workers read it; name resolution, health
 * checks and the admin API replace it as a whole. Any thread; only {@link #choose} is meant for
 * workers, and it takes no lock.
 */
public final class BackendPool {

  private final String name;
  private final Balance balance;
  private final int panicThreshold;
  private final ServerConnections connections;

  /** By server name, so that addresses that a name gets later have the same state. */
  private final Map<String, ServerState> states = new HashMap<>();

  private final ConnectQueue queue;
  private volatile ServerSet members;
  private volatile boolean limited;

  /**
   * {@code panicThreshold} is described at {@link ServerSet#of(List, int)}. States and waiting
   * connections are taken from {@code before}, the pool that this one replaces; servers are
   * published separately.
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

  /**
   * Servers that remain are the same objects as before, so that they keep their counters and their
   * health.
   */
  public synchronized void publish(List<Server> resolved) {
    for (Server server : resolved) {
      server.toState(states.getOrDefault(server.name(), ServerState.READY));
      server.queueIn(queue);
    }
    limited = resolved.stream().anyMatch(Server::isLimited);
    List<Server> before = members.servers();
    members = ServerSet.of(resolved, panicThreshold);
    queue.wakeAll();
    before.stream().filter(server -> !resolved.contains(server)).forEach(connections::closeIdle);
  }

  /** Whether so few servers are up that connections are distributed to all of them. */
  public boolean isPanicking() {
    return members.panic();
  }

  /** The currently published servers. */
  public List<Server> servers() {
    return members.servers();
  }

  /**
   * Sets the operator's state for all addresses of the server configured as {@code server}; false
   * if there is none. It holds until the next call or the end of the process, across reloads that
   * keep the server.
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
    if (state != ServerState.READY) {
      changed.forEach(connections::closeIdle);
    }
    if (state == ServerState.DISABLED) {
      changed.forEach(each -> connections.close(each, "the server was disabled"));
    }
    return true;
  }

  /**
   * Sets the health of {@code server}, one of this pool's servers; if it is down, {@code close}
   * closes its open connections. False if the health is unchanged.
   */
  public synchronized boolean setHealth(Server server, ServerHealth health, boolean close) {
    if (!server.toHealth(health)) {
      return false;
    }
    members = ServerSet.of(members.servers(), panicThreshold);
    queue.wakeAll();
    if (health == ServerHealth.DOWN) {
      connections.closeIdle(server);
      if (close) {
        connections.close(server, "the server is down: " + server.finding());
      }
    }
    return true;
  }

  /** Whether connections are waiting: a new one must not overtake them. */
  public boolean hasQueue() {
    return limited && queue.size() > 0;
  }

  /** The queue of connections that wait for a server with a free slot. */
  public ConnectQueue queue() {
    return queue;
  }

  /** The current servers, for listings. */
  public List<ServerView> view() {
    long now = System.nanoTime();
    return members.servers().stream().map(server -> server.view(now)).toList();
  }

  /** Starts load balancing for one connection of {@code worker}. */
  public ServerPicker choose(Object worker, SocketAddress client) {
    return new ServerPicker(
        members, balance, worker, client, ThreadLocalRandom.current(), System.nanoTime());
  }

  /** As above; {@code preferred}, unless it is null, is picked first if it is up and has room. */
  public ServerPicker choose(Object worker, SocketAddress client, @Nullable Server preferred) {
    ServerPicker picker = choose(worker, client);
    picker.prefer(preferred);
    return picker;
  }
}
