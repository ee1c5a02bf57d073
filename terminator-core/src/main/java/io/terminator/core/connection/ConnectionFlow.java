package io.terminator.core.connection;

import io.terminator.core.accept.Accepted;
import io.terminator.core.accept.Intake;
import io.terminator.core.close.Closer;
import io.terminator.core.connect.Connector;
import io.terminator.core.conversation.Conversation;
import io.terminator.core.conversation.Finished;
import io.terminator.core.conversation.TcpConversation;
import io.terminator.core.flow.Connection;
import io.terminator.core.flow.ConnectionObserver;
import io.terminator.core.flow.Next;
import io.terminator.core.handshake.Handshake;
import io.terminator.core.handshake.Secured;
import io.terminator.core.phase.Failed;
import io.terminator.core.relay.Relay;
import io.terminator.core.route.RouteTable;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The life of one connection: accept, handshake, a conversation, close. Each phase passes on a
 * value or a failure, on the connection's worker, and does not depend on later phases. Only this
 * class turns a failure into an end, and it reaches close exactly once. Each listener has one flow
 * per worker; a reload creates a new flow, and existing connections keep theirs.
 */
public final class ConnectionFlow implements Intake {
  private final Handshake handshake;
  private final Conversation.Chooser conversations;
  private final Closer closer;
  private final ConnectionObserver observer;

  // Created once, so that a connection allocates nothing between phases.
  private final Next<Accepted> identified = next(this::secure);
  private final Next<Secured> secured = next(this::converse);
  private final Next<Finished> finished = next(this::close);

  public ConnectionFlow(Plan plan, Closer closer, ConnectionObserver observer) {
    this.observer = observer;
    this.handshake = plan.handshake();
    this.conversations = plan.conversations();
    this.closer = closer;
  }

  /**
   * The phases of a listener's connections: immutable, the same for every worker. {@code backends}
   * names the backends that the conversations select.
   */
  public record Plan(
      Handshake handshake, Conversation.Chooser conversations, Set<String> backends) {

    /** Routes every connection by its handshake and relays it. */
    public Plan(Handshake handshake, RouteTable routes, Connector connector, Relay relay) {
      this(handshake, new TcpConversation(routes, connector, relay), routes.backends());
    }

    private Plan(Handshake handshake, Conversation always, Set<String> backends) {
      this(handshake, secured -> always, backends);
    }
  }

  @Override
  public void accept(Accepted accepted) {
    accepted.identify(identified);
  }

  private void secure(Accepted accepted) {
    handshake.secure(accepted, secured);
  }

  private void converse(Secured client) {
    observer.onSecured(client.connection());
    conversations.choose(client).begin(client, finished);
  }

  private void close(Finished conversation) {
    closer.close(conversation);
  }

  @Override
  public void end(Connection connection, Failed why) {
    closer.end(connection, why);
  }

  private <T> Next<T> next(Consumer<T> step) {
    return new Next<>() {
      @Override
      public void onValue(T value) {
        step.accept(value);
      }

      @Override
      public void onFailed(Connection connection, Failed why) {
        end(connection, why);
      }
    };
  }
}
