package io.terminator.core.http.exchange;

import io.terminator.core.http.field.FieldRules;
import io.terminator.core.http.route.HttpRoutes;
import io.terminator.core.logbuffer.LogFlusher;
import io.terminator.core.relay.RelayConfig;
import io.terminator.core.route.BackendPool;
import io.terminator.core.trace.Tracer;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the exchanges of a listener's clients need, the same for every worker. A reload makes a new
 * one and retires the old one. Backends that are not in {@code rulesByBackend} have no rules.
 * Without {@code log} requests are not logged, and without {@code tracer} they are not traced.
 */
public final class HttpPlan {
  private final HttpRoutes routes;
  private final FieldRules rules;
  private final Backends backends;
  private final ExchangeConfig config;
  private final RelayConfig relay;
  private final Map<String, BackendRules> rulesByBackend;
  private final @Nullable LogFlusher log;
  private final @Nullable Tracer tracer;
  private volatile boolean retired;

  public HttpPlan(
      HttpRoutes routes,
      FieldRules rules,
      Backends backends,
      ExchangeConfig config,
      RelayConfig relay,
      Map<String, BackendRules> rulesByBackend,
      @Nullable LogFlusher log,
      @Nullable Tracer tracer) {
    this.routes = routes;
    this.rules = rules;
    this.backends = backends;
    this.config = config;
    this.relay = relay;
    this.rulesByBackend = Map.copyOf(rulesByBackend);
    this.log = log;
    this.tracer = tracer;
  }

  /**
   * Connections finish the exchange that they carry and are closed after it, so that clients get a
   * connection under the new configuration. Any thread.
   */
  public void retire() {
    retired = true;
  }

  boolean isRetired() {
    return retired;
  }

  public HttpRoutes routes() {
    return routes;
  }

  FieldRules rules() {
    return rules;
  }

  BackendRules rulesOf(BackendPool pool) {
    return rulesByBackend.getOrDefault(pool.name(), BackendRules.NONE);
  }

  Backends backends() {
    return backends;
  }

  public ExchangeConfig config() {
    return config;
  }

  public RelayConfig relay() {
    return relay;
  }

  @Nullable LogFlusher log() {
    return log;
  }

  @Nullable Tracer tracer() {
    return tracer;
  }
}
