package io.terminator.core.http.h2;

import io.terminator.core.chain.BackendLayer;
import io.terminator.core.connect.IdleConnections;
import io.terminator.core.route.Server;
import io.terminator.core.worker.TrafficCounters;
import io.terminator.core.worker.Worker;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The open HTTP/2 connections of one worker to servers. Worker thread only. */
final class H2Servers implements AutoCloseable {
  /** What a connection can be used for, as for one of HTTP/1.1. */
  record Place(
      Server server,
      TrafficCounters traffic,
      @Nullable BackendLayer layer,
      @Nullable Object variant) {}

  private final Map<Place, List<H2Server>> open = new HashMap<>();

  H2Servers(Worker worker) {
    worker.part(IdleConnections.class, shared -> new IdleConnections()).add(this::drain);
  }

  /**
   * The oldest that accepts another stream, so that those that are not needed become idle. {@code
   * checked}: not one whose server has closed it, which no event has reported yet.
   */
  @Nullable H2Server find(Place place, boolean checked) {
    List<H2Server> there = open.get(place);
    if (there != null) {
      for (H2Server one : there) {
        if (one.canOpen() && !(checked && one.stream().hasPeerLeft())) {
          return one;
        }
      }
    }
    return null;
  }

  void add(Place place, H2Server server) {
    open.computeIfAbsent(place, added -> new ArrayList<>(1)).add(server);
  }

  void remove(Place place, H2Server server) {
    List<H2Server> there = open.get(place);
    if (there != null && there.remove(server) && there.isEmpty()) {
      open.remove(place);
    }
  }

  private void drain(Server server) {
    List<H2Server> all = new ArrayList<>();
    open.forEach(
        (place, there) -> {
          if (place.server() == server) {
            all.addAll(there);
          }
        });
    all.forEach(H2Server::drain);
  }

  /** The worker ends. */
  @Override
  public void close() {
    List<H2Server> all = new ArrayList<>();
    open.values().forEach(all::addAll);
    all.forEach(H2Server::close);
  }
}
