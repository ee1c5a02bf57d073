package io.terminator.core.http.exchange;

import io.terminator.core.http.message.Method;
import io.terminator.core.observe.Counted;
import io.terminator.core.observe.Series;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a worker counts for the requests of one listener to one backend. */
public enum HttpCount implements Counted {
  /** Gauge. */
  IN_FLIGHT,
  /** Requests sent over a connection that had carried one before. */
  REUSED,
  /** Requests sent again over another connection. */
  RETRIED,
  /** Requests whose cookie named a server that another one had to stand in for. */
  REASSIGNED,
  READ_1XX,
  READ_2XX,
  READ_3XX,
  READ_4XX,
  READ_5XX,
  READ_NONE,
  WRITE_1XX,
  WRITE_2XX,
  WRITE_3XX,
  WRITE_4XX,
  WRITE_5XX,
  WRITE_NONE;

  private static final HttpCount[] VALUES = values();

  /** A request with this method that was answered with this status, or not at all if zero. */
  static HttpCount of(Method method, int status) {
    int first = method.isSafe() ? READ_1XX.ordinal() : WRITE_1XX.ordinal();
    int status1 = status < 100 || status > 599 ? 6 : status / 100;
    return VALUES[first + status1 - 1];
  }

  /** The class of status of finished requests, such as {@code 2xx}; null for other counters. */
  public @Nullable String statusClass() {
    return ordinal() < READ_1XX.ordinal()
        ? null
        : name().substring(name().indexOf('_') + 1).toLowerCase(Locale.ROOT);
  }

  @Override
  public Series series() {
    return switch (this) {
      case IN_FLIGHT -> Series.gauge("requests_in_flight", "Requests in progress.");
      case REUSED ->
          Series.counter("http_reused_connections", "Requests sent over a kept connection.");
      case RETRIED ->
          Series.counter("http_retries", "Requests sent again over another connection.");
      case REASSIGNED ->
          Series.counter(
              "http_reassigned_clients",
              "Requests with a sticky cookie that another server than its own answered.");
      default -> {
        String[] parts = name().toLowerCase(Locale.ROOT).split("_", 2);
        yield Series.counter("requests", "Requests by kind of method and class of status.")
            .with("method", parts[0])
            .with("status", parts[1]);
      }
    };
  }
}
