package io.terminator.core.http;

import io.terminator.core.conversation.Conversation;
import io.terminator.core.conversation.Finished;
import io.terminator.core.flow.Connection;
import io.terminator.core.flow.Next;
import io.terminator.core.handshake.Secured;
import io.terminator.core.http.exchange.ClientExchanges;
import io.terminator.core.http.exchange.HttpPlan;
import io.terminator.core.http.h1.H1Client;
import io.terminator.core.phase.Phase;

/**
 * HTTP with a client: any number of requests, each with a route, a leg and a response. Immutable,
 * any worker.
 */
public final class HttpConversation implements Conversation {
  private final HttpPlan plan;

  public HttpConversation(HttpPlan plan) {
    this.plan = plan;
  }

  @Override
  public void begin(Secured secured, Next<Finished> next) {
    Connection connection = secured.connection();
    connection.enter(Phase.RELAY);
    connection.forgetOffers();
    new H1Client(
            secured,
            new ClientExchanges(plan, secured),
            plan.config(),
            plan.relay().watermarks(),
            next)
        .begin();
  }
}
