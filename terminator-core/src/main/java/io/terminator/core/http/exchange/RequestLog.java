package io.terminator.core.http.exchange;

import io.terminator.core.flow.Connection;
import io.terminator.core.http.message.Head;
import io.terminator.core.logbuffer.JsonLine;
import io.terminator.core.logbuffer.LogBuffer;
import io.terminator.core.logbuffer.LogFlusher;
import java.net.InetSocketAddress;
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

  /** Creates a buffer of {@code flusher} for this log. */
  public RequestLog(LogFlusher flusher) {
    this.flusher = flusher;
    this.buffer = flusher.newBuffer();
  }

  void write(HttpExchange exchange) {
    Connection connection = exchange.connection();
    Head request = exchange.request();
    line.begin(System.currentTimeMillis())
        .text("event", "request")
        .text("connection", exchange.shared().idText())
        .text("listener", connection.listener());
    if (connection.clientAddress() instanceof InetSocketAddress inet) {
      line.text("client", exchange.shared().clientText()).number("client-port", inet.getPort());
    }
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
        .text("route", emptyToNull(exchange.route()))
        .text("backend", emptyToNull(exchange.backend()))
        .text("server", exchange.server())
        .number("retries", exchange.retries())
        .number("bytes-in", exchange.bytesIn())
        .number("bytes-out", exchange.bytesOut())
        .text("request-id", exchange.id().bytes(), 0, exchange.id().length())
        .millis("connect-ms", exchange.connectNanos())
        .millis("answer-ms", exchange.answerNanos())
        .millis("total-ms", exchange.totalNanos())
        .endInto(buffer);
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
