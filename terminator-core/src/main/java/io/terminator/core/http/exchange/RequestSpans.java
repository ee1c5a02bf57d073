package io.terminator.core.http.exchange;

import io.terminator.core.flow.Connection;
import io.terminator.core.http.message.Head;
import io.terminator.core.http.message.Method;
import io.terminator.core.trace.ConnectionSpans;
import io.terminator.core.trace.Span;
import io.terminator.core.trace.SpanAttributes;
import io.terminator.core.trace.SpanIds;
import io.terminator.core.trace.SpanRing;
import io.terminator.core.trace.Tracer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Makes a span of each sampled request when it ends. The query of a request is left out, because it
 * may contain secrets. One per worker; worker thread only.
 */
final class RequestSpans implements AutoCloseable {
  private static final int FIRST_ERROR = 500;

  private final Tracer tracer;
  private final SpanRing ring;

  RequestSpans(Tracer tracer) {
    this.tracer = tracer;
    this.ring = tracer.newRing();
  }

  Tracer tracer() {
    return tracer;
  }

  void write(HttpExchange exchange, SpanIds ids) {
    Instant now = Instant.now();
    long end = TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
    long start = end - exchange.totalNanos();
    List<Span.Moment> moments = new ArrayList<>();
    if (exchange.isConnected()) {
      moments.add(new Span.Moment("backend connected", start + exchange.connectNanos()));
    }
    if (exchange.isAnswered()) {
      moments.add(new Span.Moment("response begun", start + exchange.answerNanos()));
    }
    Connection connection = exchange.connection();
    SpanAttributes attributes = new SpanAttributes();
    String name = "HTTP";
    Head request = exchange.request();
    if (request != null) {
      String method = request.method() == Method.OTHER ? "_OTHER" : request.method().name();
      name = request.method() == Method.OTHER ? name : method;
      attributes.text("http.request.method", method);
      if (request.method() == Method.OTHER) {
        attributes.text("http.request.method_original", request.text(request.methodText()));
      }
      target(request, attributes);
    }
    int status = exchange.status();
    if (status > 0) {
      attributes.number("http.response.status_code", status);
    }
    attributes
        .text("network.protocol.name", "http")
        .text("network.protocol.version", exchange.version().replace("HTTP/", ""));
    ConnectionSpans.client(connection, attributes);
    ConnectionSpans.tls(connection.protection(), attributes);
    String failure = failure(exchange.end(), status);
    attributes
        .number("http.request.body.size", exchange.bytesIn())
        .number("http.response.body.size", exchange.bytesOut())
        .number("http.request.resend_count", exchange.retries())
        .text("terminator.connection.id", Long.toHexString(connection.id()))
        .text("terminator.listener", connection.listener())
        .text("terminator.route", exchange.route())
        .text("terminator.backend", exchange.backend())
        .text("terminator.server", exchange.server())
        .text("terminator.reason", exchange.end().label())
        .text(
            "terminator.request.id",
            new String(exchange.id().bytes(), 0, exchange.id().length(), StandardCharsets.US_ASCII))
        .text("error.type", failure);
    ring.add(new Span(ids, name, start, end, failure, attributes.all(), moments));
  }

  /** What a client did wrong, with a status below 500, is not a failure of a server. */
  private static @Nullable String failure(ExchangeEnd end, int status) {
    return switch (end) {
      case COMPLETE, ANSWERED, IDLE -> status < FIRST_ERROR ? null : Integer.toString(status);
      case REFUSED, NO_ROUTE, LIMITED, REQUEST_TIMEOUT -> null;
      case NO_BACKEND,
          QUEUE,
          CONNECT_FAILED,
          CONNECT_TIMEOUT,
          BACKEND_CLOSED,
          BACKEND_PROTOCOL,
          BACKEND_TRUNCATED,
          SERVER_DOWN,
          ANSWER_TIMEOUT,
          RESPONSE_TIMEOUT,
          CLIENT_LEFT,
          CLOSED,
          INTERNAL ->
          end.label();
    };
  }

  private static void target(Head request, SpanAttributes attributes) {
    String path = request.text(request.path());
    int query = path.indexOf('?');
    attributes
        .text("url.scheme", "https")
        .text("url.path", query < 0 ? path : path.substring(0, query));
    String authority = request.text(request.authority());
    int colon = authority.lastIndexOf(':');
    boolean hasPort = colon > authority.lastIndexOf(']');
    attributes.text("server.address", hasPort ? authority.substring(0, colon) : authority);
    if (hasPort) {
      String port = authority.substring(colon + 1);
      if (port.matches("[0-9]{1,5}")) {
        attributes.number("server.port", Long.parseLong(port));
      }
    }
    int agent = request.first("User-Agent");
    if (agent >= 0) {
      attributes.text("user_agent.original", request.value(agent));
    }
  }

  /** The worker ends. */
  @Override
  public void close() {
    tracer.retire(ring);
  }
}
