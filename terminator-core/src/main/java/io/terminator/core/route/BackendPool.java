package io.terminator.core.route;

import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A backend's servers, resolved, as one published list; workers read it, whoever resolves replaces it whole. */
public final class BackendPool {
  private final String name;
  private final AtomicReference<List<Server>> servers;

  public BackendPool(String name, List<Server> servers) {
    this.name = name;
    this.servers = new AtomicReference<>(List.copyOf(servers));
  }

  public String name() {
    return name;
  }

  /** Any thread. */
  public void publish(List<Server> resolved) {
    servers.set(List.copyOf(resolved));
  }

  /** What is published now. Any thread. */
  public List<Server> servers() {
    return servers.get();
  }

  /** What may be dialled for one connection, from its first choice on; {@code turn} spreads connections over servers. */
  public Choice choose(long turn) {
    return new Choice(servers.get(), turn);
  }

  /** One connection's way through the servers: each at most once. Worker thread only. */
  public static final class Choice {
    private final List<Server> from;
    private final int first;
    private int tried;

    Choice(List<Server> from, long turn) {
      this.from = from;
      this.first = from.isEmpty() ? 0 : (int) Math.floorMod(turn, (long) from.size());
    }

    /** The next server to try; null when each was. */
    public @Nullable Server next() {
      return tried == from.size() ? null : from.get((first + tried++) % from.size());
    }
  }
}
