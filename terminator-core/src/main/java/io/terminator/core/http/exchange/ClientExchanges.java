package io.terminator.core.http.exchange;

import io.terminator.core.flow.Connection;
import io.terminator.core.handshake.Secured;
import io.terminator.core.http.field.ClientFacts;
import io.terminator.core.http.field.RequestId;
import io.terminator.core.http.message.Heads;
import io.terminator.core.http.route.HttpRoutes;
import io.terminator.core.logbuffer.LogFlusher;
import io.terminator.core.worker.DeadlineWheel;
import io.terminator.core.worker.Worker;
import org.jspecify.annotations.Nullable;

/** What the exchanges of one client connection have in common. Worker thread only. */
public final class ClientExchanges implements Exchanges {
  private final HttpPlan plan;
  private final Secured secured;
  private final Connection connection;
  private final Worker worker;
  private final HttpRoutes routes;
  private final ClientFacts facts;
  private final Heads heads;
  private final @Nullable RequestLog log;
  private final long answerTicks;
  private final long bodyTicks;
  private final long tunnelTicks;
  private @Nullable RequestId spareId;

  public ClientExchanges(HttpPlan plan, Secured secured) {
    this.plan = plan;
    this.secured = secured;
    this.connection = secured.connection();
    this.worker = connection.worker();
    this.routes =
        plan.routes()
            .of(
                secured.protection().sni(),
                secured.protection().alpn(),
                connection.clientAddress());
    this.facts =
        plan.rules()
            .factsOf(connection.clientAddress(), connection.destination(), secured.protection());
    this.heads = worker.part(Heads.class, shared -> new Heads());
    LogFlusher flusher = plan.log();
    this.log =
        flusher == null ? null : worker.part(RequestLog.class, shared -> new RequestLog(flusher));
    ExchangeConfig.Deadlines deadlines = plan.config().deadlines();
    this.answerTicks = DeadlineWheel.ticksOf(deadlines.answer());
    this.bodyTicks = DeadlineWheel.ticksOf(deadlines.body());
    this.tunnelTicks = DeadlineWheel.ticksOf(plan.relay().deadlines().idle());
  }

  @Override
  public HttpEvents begin(HttpStream stream) {
    return new HttpExchange(this, stream);
  }

  @Override
  public boolean isLast() {
    return plan.isRetired() || worker.isDraining();
  }

  HttpPlan plan() {
    return plan;
  }

  Secured secured() {
    return secured;
  }

  Connection connection() {
    return connection;
  }

  HttpRoutes routes() {
    return routes;
  }

  ClientFacts facts() {
    return facts;
  }

  Heads heads() {
    return heads;
  }

  @Nullable RequestLog log() {
    return log;
  }

  long answerTicks() {
    return answerTicks;
  }

  long bodyTicks() {
    return bodyTicks;
  }

  long tunnelTicks() {
    return tunnelTicks;
  }

  /** An id for one exchange, which gives it back; HTTP/1.1 needs one per connection. */
  RequestId takeId() {
    RequestId taken = spareId;
    spareId = null;
    if (taken == null) {
      return new RequestId();
    }
    taken.clear();
    return taken;
  }

  void giveBack(RequestId id) {
    spareId = id;
  }
}
