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

  /** The fields of the last line that many lines have in common. */
  private final JsonLine outcome = new JsonLine();

  // What these fields were made of.
  private String version = "";
  private int status;
  private @Nullable ExchangeEnd end;
  private String detail = "";
  private String route = "";
  private String backend = "";
  private @Nullable String server;
  private int retries;

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
    line.begin(exchange.connection().worker().turns().millis()).fields(fields);
    if (request != null) {
      Head.Span path = request.path();
      int stop = path.from();
      while (stop < path.to() && request.text()[stop] != '?' && stop - path.from() < LONGEST_PATH) {
        stop++;
      }
      line.text("method", request.text(), request.methodText().from(), request.methodText().to())
          .text("host", request.text(), request.authority().from(), request.authority().to())
          .text("path", request.text(), path.from(), stop);
    }
    describe(exchange);
    line.fields(outcome)
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
    line.beginPart()
        .text("event", "request")
        .text("connection", Long.toHexString(connection.id()))
        .text("listener", connection.listener());
    if (connection.clientAddress() instanceof InetSocketAddress inet) {
      line.text("client", AddressText.host(inet)).number("client-port", inet.getPort());
    }
    return line.part();
  }

  private void describe(HttpExchange exchange) {
    String toServer = exchange.server();
    if (exchange.status() == status
        && exchange.end() == end
        && exchange.retries() == retries
        && exchange.version().equals(version)
        && exchange.detail().equals(detail)
        && exchange.route().equals(route)
        && exchange.backend().equals(backend)
        && Objects.equals(toServer, server)) {
      return;
    }
    version = exchange.version();
    status = exchange.status();
    end = exchange.end();
    detail = exchange.detail();
    route = exchange.route();
    backend = exchange.backend();
    server = toServer;
    retries = exchange.retries();
    outcome
        .beginPart()
        .text("version", version)
        .number("status", status)
        .text("reason", exchange.end().label())
        .text("detail", emptyToNull(detail))
        .text("route", emptyToNull(route))
        .text("backend", emptyToNull(backend))
        .text("server", server)
        .number("retries", retries);
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
