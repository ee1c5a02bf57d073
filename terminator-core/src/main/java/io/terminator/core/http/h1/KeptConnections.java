package io.terminator.core.http.h1;

import io.terminator.core.chain.BackendLayer;
import io.terminator.core.connect.IdleConnections;
import io.terminator.core.connect.KeptConfig;
import io.terminator.core.route.Server;
import io.terminator.core.worker.TrafficCounters;
import io.terminator.core.worker.Worker;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The idle connections of one worker to servers, which carry the next requests. The one that was
 * used last is taken first, so that those that are not needed reach their idle time. A connection
 * on which bytes or an end arrive meanwhile is closed. Worker thread only.
 */
final class KeptConnections implements AutoCloseable {
  /**
   * What a kept connection can be used for. {@code variant} is described at {@link
   * BackendLayer#variant}.
   */
  record Place(
      Server server,
      TrafficCounters traffic,
      @Nullable BackendLayer layer,
      @Nullable Object variant,
      KeptConfig config) {

    // By identity where that suffices: the methods that a record gets are slow without the
    // optimizing compiler, and every request asks for a place.
    @Override
    public int hashCode() {
      return System.identityHashCode(server) * 31 + System.identityHashCode(traffic);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Place place
          && server == place.server
          && traffic == place.traffic
          && layer == place.layer
          && config == place.config
          && Objects.equals(variant, place.variant);
    }
  }

  private final Map<Place, ArrayDeque<H1Backend>> idle = new HashMap<>();

  KeptConnections(Worker worker) {
    worker.part(IdleConnections.class, shared -> new IdleConnections()).add(this::end);
  }

  /**
   * The connection is the caller's; null if there is none. {@code checked}: one whose server has
   * closed it, which no event has reported yet, is not taken.
   */
  @Nullable H1Backend take(Place place, boolean checked) {
    ArrayDeque<H1Backend> there = idle.get(place);
    if (there == null) {
      return null;
    }
    H1Backend taken = there.pollLast();
    while (taken != null && checked && taken.stream.hasPeerLeft()) {
      taken.closeIdle();
      taken = there.pollLast();
    }
    if (there.isEmpty()) {
      idle.remove(place, there);
    }
    return taken;
  }

  /**
   * False if as many are kept as are configured, or the server gets no more requests: the caller
   * closes the connection.
   */
  boolean put(Place place, H1Backend backend) {
    if (!place.server().isInService()) {
      return false;
    }
    ArrayDeque<H1Backend> there = idle.get(place);
    if (there == null) {
      if (place.config().perServer() == 0) {
        return false;
      }
      there = new ArrayDeque<>();
      idle.put(place, there);
    }
    if (there.size() >= place.config().perServer()) {
      return false;
    }
    there.addLast(backend);
    return true;
  }

  /** The connection has ended or expired. */
  void remove(Place place, H1Backend backend) {
    ArrayDeque<H1Backend> there = idle.get(place);
    if (there != null && there.remove(backend) && there.isEmpty()) {
      idle.remove(place);
    }
  }

  private void end(Server server) {
    List<H1Backend> all = new ArrayList<>();
    idle.forEach(
        (place, there) -> {
          if (place.server() == server) {
            all.addAll(there);
          }
        });
    all.forEach(H1Backend::closeIdle);
  }

  /** The worker ends. */
  @Override
  public void close() {
    List<H1Backend> all = new ArrayList<>();
    idle.values().forEach(all::addAll);
    all.forEach(H1Backend::closeIdle);
  }
}
