package io.terminator.core.http;

import io.terminator.core.conversation.Conversation;
import io.terminator.core.conversation.Finished;
import io.terminator.core.flow.Connection;
import io.terminator.core.flow.Next;
import io.terminator.core.handshake.Secured;
import io.terminator.core.http.exchange.ClientExchanges;
import io.terminator.core.http.exchange.HttpPlan;
import io.terminator.core.http.h1.H1Client;
import io.terminator.core.http.h2.H2ClientSession;
import io.terminator.core.http.h2.H2Shared;
import io.terminator.core.http.message.Heads;
import io.terminator.core.phase.Phase;
import io.terminator.core.worker.Worker;

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
    ClientExchanges exchanges = new ClientExchanges(plan, secured);
    if (HttpProtocol.HTTP_2.alpn().equals(secured.protection().alpn())) {
      H2Shared shared =
          connection.worker().part(H2Shared.class, worker -> new H2Shared(worker, headsOf(worker)));
      new H2ClientSession(
              secured, shared, exchanges, plan.config(), plan.relay().watermarks(), next)
          .begin();
      return;
    }
    new H1Client(secured, exchanges, plan.config(), plan.relay(), next).begin();
  }

  private static Heads headsOf(Worker worker) {
    return worker.part(Heads.class, shared -> new Heads());
  }
}
