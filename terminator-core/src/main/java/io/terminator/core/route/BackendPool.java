package io.terminator.core.route;

import java.net.SocketAddress;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReference;

/** A backend's servers, resolved, as one published list; workers read it, whoever resolves replaces it whole. */
public final class BackendPool {
  private final String name;
  private final Balance balance;
  private final AtomicReference<List<Server>> servers;

  public BackendPool(String name, Balance balance, List<Server> servers) {
    this.name = name;
    this.balance = balance;
    this.servers = new AtomicReference<>(List.copyOf(servers));
  }

  public String name() {
    return name;
  }

  /** Servers that stay are the same objects as before: they keep their counters. Any thread. */
  public void publish(List<Server> resolved) {
    servers.set(List.copyOf(resolved));
  }

  /** What is published now. Any thread. */
  public List<Server> servers() {
    return servers.get();
  }

  /** What may be dialled for one connection of {@code worker}, from its first choice on. */
  public Choice choose(Object worker, SocketAddress client) {
    return new Choice(
        servers.get(), balance, worker, client, ThreadLocalRandom.current(), System.nanoTime());
  }
}
