package io.terminator.core.conversation;

import io.terminator.core.chain.StreamEvents;
import io.terminator.core.connect.Connected;
import io.terminator.core.connect.Connector;
import io.terminator.core.flow.Connection;
import io.terminator.core.flow.Leg;
import io.terminator.core.flow.Next;
import io.terminator.core.handshake.Secured;
import io.terminator.core.phase.CloseReason;
import io.terminator.core.phase.Failed;
import io.terminator.core.phase.Phase;
import io.terminator.core.relay.Relay;
import io.terminator.core.relay.Relayed;
import io.terminator.core.route.Route;
import io.terminator.core.route.RouteTable;
import io.terminator.core.route.Routed;
import io.terminator.core.throttle.PauseReason;

/**
 * Route, connect, relay: one leg, which carries every byte of the client. Immutable, any worker.
 */
public final class TcpConversation implements Conversation {
  private final RouteTable routes;
  private final Connector connector;
  private final Relay relay;

  public TcpConversation(RouteTable routes, Connector connector, Relay relay) {
    this.routes = routes;
    this.connector = connector;
    this.relay = relay;
  }

  @Override
  public void begin(Secured secured, Next<Finished> next) {
    Connection connection = secured.connection();
    connection.enter(Phase.ROUTE);
    Route route =
        routes.find(
            secured.protection().sni(),
            secured.protection().offeredAlpn(),
            connection.clientAddress());
    if (route == null) {
      next.onFailed(
          connection,
          new Failed(CloseReason.NO_ROUTE, "no route matches and the listener has no backend"));
      return;
    }
    connection.forgetOffers();
    connection.toBackend(route.pool().name());
    new Exchange(connection, next).begin(secured, route);
  }

  /** One connection from its route to its end. */
  private final class Exchange implements Next<Relayed>, StreamEvents, Leg.Owner {
    private final Connection connection;
    private final Next<Finished> next;

    /**
     * Receives the connector's outcome. Separate from the relay's, because a class can implement
     * only one Next; this one is garbage once the relay runs.
     */
    private final class Dialled implements Next<Connected> {
      @Override
      public void onValue(Connected connected) {
        connection.enter(Phase.RELAY);
        relay.run(connected, Exchange.this);
      }

      @Override
      public void onFailed(Connection dialled, Failed why) {
        next.onFailed(dialled, why);
      }
    }

    Exchange(Connection connection, Next<Finished> next) {
      this.connection = connection;
      this.next = next;
    }

    void begin(Secured secured, Route route) {
      connection.enter(Phase.CONNECT);
      secured.client().gate().hold(PauseReason.SETUP);
      secured.client().attach(this);
      Leg leg = new Leg(connection, route.pool().name(), this);
      connector.open(
          new Routed(
              secured,
              route.pool(),
              route.pool().choose(connection.worker(), connection.clientAddress()),
              leg),
          new Dialled());
    }

    @Override
    public void onValue(Relayed relayed) {
      next.onValue(new Finished(connection, relayed.reason(), relayed.detail(), relayed.ending()));
    }

    @Override
    public void onFailed(Connection relayed, Failed why) {
      next.onFailed(relayed, why);
    }

    /** The client has no other backend to talk to. */
    @Override
    public void onSevered(Leg leg, CloseReason reason, String detail) {
      next.onFailed(connection, new Failed(reason, detail));
    }

    @Override
    public void onReadable() {
      // The backend does not exist yet: SETUP.
    }

    @Override
    public void onWritable() {
      // The rest of a handshake flight was sent.
    }

    @Override
    public void onHangUp() {
      next.onFailed(
          connection,
          new Failed(
              CloseReason.CLIENT_LEFT,
              "the client reset while the backend connection was being made"));
    }

    @Override
    public void onFault(Throwable fault) {
      connection.fault(fault);
    }
  }
}
