package io.terminator.core.connect;

import io.terminator.core.route.Server;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Ends the idle connections of one worker to a server that gets no more requests. Whatever keeps
 * connections between requests adds itself. Worker thread only.
 */
public final class IdleConnections {
  private final List<Consumer<Server>> keepers = new ArrayList<>(2);

  /** {@code keeper} ends its idle connections to a server, and those in use when they are idle. */
  public void add(Consumer<Server> keeper) {
    keepers.add(keeper);
  }

  public void end(Server server) {
    keepers.forEach(keeper -> keeper.accept(server));
  }
}
