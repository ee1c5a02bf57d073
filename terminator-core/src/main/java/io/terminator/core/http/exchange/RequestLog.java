package io.terminator.core.http.exchange;

import io.terminator.core.flow.Connection;
import io.terminator.core.http.message.Head;
import io.terminator.core.logbuffer.JsonLine;
import io.terminator.core.logbuffer.LogBuffer;
import io.terminator.core.logbuffer.LogFlusher;
import io.terminator.core.setting.AddressText;
import java.net.InetSocketAddress;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Writes one line per request into its worker's buffer when the request ends. The query of a
 * request is left out, because it may contain secrets. One per worker; worker thread only.
 */
public final class RequestLog implements AutoCloseable {
  private static final int LONGEST_PATH = 1024;

  private final LogFlusher flusher;
  private final LogBuffer buffer;
  private final JsonLine line = new JsonLine();
  private final JsonLine part = new JsonLine();

  // The fields of the last line that name where its request went.
  private byte[] target = {};
  private String route = "";
  private String backend = "";
  private @Nullable String server;

  /** Creates a buffer of {@code flusher} for this log. */
  public RequestLog(LogFlusher flusher) {
    this.flusher = flusher;
    this.buffer = flusher.newBuffer();
  }

  void write(HttpExchange exchange) {
    Head request = exchange.request();
    byte[] fields = exchange.shared().logFields();
    if (fields == null) {
      fields = fieldsOf(exchange.connection());
      exchange.shared().setLogFields(fields);
    }
    line.begin(System.currentTimeMillis()).fields(fields);
    if (request != null) {
      Head.Span path = request.path();
      int end = path.from();
      while (end < path.to() && request.text()[end] != '?' && end - path.from() < LONGEST_PATH) {
        end++;
      }
      line.text("method", request.text(), request.methodText().from(), request.methodText().to())
          .text("host", request.text(), request.authority().from(), request.authority().to())
          .text("path", request.text(), path.from(), end);
    }
    line.text("version", exchange.version())
        .number("status", exchange.status())
        .text("reason", exchange.end().label())
        .text("detail", emptyToNull(exchange.detail()))
        .fields(targetOf(exchange))
        .number("retries", exchange.retries())
        .number("bytes-in", exchange.bytesIn())
        .number("bytes-out", exchange.bytesOut())
        .text("request-id", exchange.id().bytes(), 0, exchange.id().length())
        .millis("connect-ms", exchange.connectNanos())
        .millis("answer-ms", exchange.answerNanos())
        .millis("total-ms", exchange.totalNanos())
        .endInto(buffer);
  }

  /** The same for all requests of a connection. */
  private byte[] fieldsOf(Connection connection) {
    part.beginPart()
        .text("event", "request")
        .text("connection", Long.toHexString(connection.id()))
        .text("listener", connection.listener());
    if (connection.clientAddress() instanceof InetSocketAddress inet) {
      part.text("client", AddressText.host(inet)).number("client-port", inet.getPort());
    }
    return part.part();
  }

  /** Mostly the same as in the line before. */
  private byte[] targetOf(HttpExchange exchange) {
    String toRoute = exchange.route();
    String toBackend = exchange.backend();
    String toServer = exchange.server();
    if (!toRoute.equals(route) || !toBackend.equals(backend) || !Objects.equals(toServer, server)) {
      target =
          part.beginPart()
              .text("route", emptyToNull(toRoute))
              .text("backend", emptyToNull(toBackend))
              .text("server", toServer)
              .part();
      route = toRoute;
      backend = toBackend;
      server = toServer;
    }
    return target;
  }

  private static @Nullable String emptyToNull(String text) {
    return text.isEmpty() ? null : text;
  }

  /** The worker ends. */
  @Override
  public void close() {
    flusher.retire(buffer);
  }
}
