package io.terminator.core.route;

import io.terminator.core.flow.Progress;
import io.terminator.core.handshake.Secured;
import io.terminator.core.phase.CloseReason;
import io.terminator.core.phase.Phase;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Which backend a secured connection goes to. Immutable, any worker. */
public final class RouteTable {
  private final @Nullable BackendPool fallback;

  public RouteTable(@Nullable BackendPool fallback) {
    this.fallback = fallback;
  }

  public void choose(Secured secured, Consumer<Routed> next) {
    Progress progress = secured.progress();
    progress.enter(Phase.ROUTE);
    BackendPool pool = fallback;
    if (pool == null) {
      progress.end(CloseReason.NO_ROUTE, "no route matches and the listener has no backend");
      return;
    }
    progress.routed(pool.name());
    next.accept(new Routed(secured, pool.choose(progress.id())));
  }
}
