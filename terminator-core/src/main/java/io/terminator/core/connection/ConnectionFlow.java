package io.terminator.core.connection;

import io.terminator.core.accept.Accepted;
import io.terminator.core.close.Closer;
import io.terminator.core.connect.Connector;
import io.terminator.core.handshake.Handshake;
import io.terminator.core.relay.Relay;
import io.terminator.core.route.RouteTable;
import java.util.function.Consumer;

/**
 * The life of one connection, one line per phase; whatever happens, close is reached once. A phase hands a value on, on the
 * connection's worker, and never looks ahead. Each listener has one flow a worker; a reload makes a new one, and
 * connections under way keep theirs.
 */
public final class ConnectionFlow implements Consumer<Accepted> {
  private final Handshake handshake;
  private final RouteTable routes;
  private final Connector connector;
  private final Relay relay;
  private final Closer closer;

  public ConnectionFlow(Plan plan, Closer closer) {
    this.handshake = plan.handshake();
    this.routes = plan.routes();
    this.connector = plan.connector();
    this.relay = plan.relay();
    this.closer = closer;
  }

  /** What a listener's connections go through: immutable, the same for every worker. */
  public record Plan(Handshake handshake, RouteTable routes, Connector connector, Relay relay) {}

  @Override
  public void accept(Accepted accepted) {
    accepted.connection().endAt(closer);
    accepted.whenKnown(
        known ->
            handshake.secure(
                known,
                secured ->
                    routes.choose(
                        secured,
                        routed ->
                            connector.open(
                                routed, connected -> relay.run(connected, closer::close)))));
  }
}
