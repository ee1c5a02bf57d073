package io.terminator.core.http.exchange;

import io.terminator.core.flow.Connection;
import io.terminator.core.handshake.Secured;
import io.terminator.core.http.field.ClientFacts;
import io.terminator.core.http.field.RequestId;
import io.terminator.core.http.message.Heads;
import io.terminator.core.http.route.HttpRoutes;
import io.terminator.core.logbuffer.LogFlusher;
import io.terminator.core.observe.CounterSet;
import io.terminator.core.observe.Histogram;
import io.terminator.core.setting.AddressText;
import io.terminator.core.trace.Tracer;
import io.terminator.core.worker.DeadlineWheel;
import io.terminator.core.worker.RouteCounters;
import io.terminator.core.worker.TrafficCounters;
import io.terminator.core.worker.Worker;
import java.net.InetSocketAddress;
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
  private final @Nullable RequestSpans spans;
  private final long answerTicks;
  private final long bodyTicks;
  private final long tunnelTicks;
  private final CounterSet<ExchangeEnd> ends;
  private TrafficCounters traffic;
  private CounterSet<HttpCount> counts;
  private @Nullable CounterSet<RouteCount> routeCounts;
  private @Nullable Histogram routeTimes;
  private String countedRoute = "";
  private @Nullable RequestId spareId;
  private byte @Nullable [] logFields;
  private @Nullable String ownHost;

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
    Tracer tracer = plan.tracer();
    this.spans =
        tracer == null ? null : worker.part(RequestSpans.class, shared -> new RequestSpans(tracer));
    this.ends = worker.counters().of(ExchangeEnd.class);
    this.traffic = connection.traffic();
    this.counts = traffic.of(HttpCount.class);
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
    return plan.isRetired() || worker.isDraining() || connection.isRetiring();
  }

  CounterSet<ExchangeEnd> ends() {
    return ends;
  }

  /** The counters of the connection's listener and current backend. */
  CounterSet<HttpCount> counts() {
    if (connection.traffic() != traffic) {
      traffic = connection.traffic();
      counts = traffic.of(HttpCount.class);
    }
    return counts;
  }

  /** Counts a request of the route {@code name} that ended after {@code nanos}. */
  void countRoute(String name, int status, long nanos) {
    CounterSet<RouteCount> there = routeCounts;
    Histogram times = routeTimes;
    if (there == null || times == null || !name.equals(countedRoute)) {
      RouteCounters route = worker.traffic(connection.listener()).ofRoute(name);
      there = route.of(RouteCount.class);
      times = route.requestTimes();
      routeCounts = there;
      routeTimes = times;
      countedRoute = name;
    }
    there.add(RouteCount.of(status));
    times.record(nanos);
  }

  /** What the log lines of all requests have in common; null before the first one. */
  byte @Nullable [] logFields() {
    return logFields;
  }

  void setLogFields(byte[] fields) {
    logFields = fields;
  }

  /**
   * What a server gets as Host of a request of HTTP/1.0 that has none: many servers refuse an empty
   * one. The name or the address that the connection was opened for.
   */
  String ownHost() {
    String host = ownHost;
    if (host == null) {
      String sni = secured.protection().sni();
      host =
          sni != null
              ? sni
              : connection.destination() instanceof InetSocketAddress inet
                  ? AddressText.of(inet).replaceFirst("%[^]]*", "")
                  : "localhost";
      ownHost = host;
    }
    return host;
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

  /** Null unless requests are traced. */
  @Nullable RequestSpans spans() {
    return spans;
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
