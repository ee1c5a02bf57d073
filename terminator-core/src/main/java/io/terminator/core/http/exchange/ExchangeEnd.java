package io.terminator.core.http.exchange;

import io.terminator.core.observe.Counted;
import io.terminator.core.observe.Series;
import io.terminator.core.phase.CloseReason;
import java.util.Locale;

/**
 * How an exchange ended, exactly one per request, from a closed set. {@link #status} is the answer
 * to the client if the response has not begun; zero: there is none.
 */
public enum ExchangeEnd implements Counted {
  /** The response of a server was sent completely. */
  COMPLETE(0),
  /** A route answered. */
  ANSWERED(0),
  /** The request is invalid, ambiguous or too large, or its client violated the protocol. */
  REFUSED(400),
  /** No route matches. */
  NO_ROUTE(404),
  /** The client has reached the rate limit of the route. */
  LIMITED(429),
  /** No server of the backend may be tried. */
  NO_BACKEND(503),
  /** Every server is full, and the request could not wait or waited too long. */
  QUEUE(503),
  /** No server could be connected to. */
  CONNECT_FAILED(502),
  CONNECT_TIMEOUT(504),
  /** The server closed before it had answered. */
  BACKEND_CLOSED(502),
  /** The response is invalid. */
  BACKEND_PROTOCOL(502),
  /** The server ended in the middle of its response. */
  BACKEND_TRUNCATED(0),
  /** The server was disabled or failed its checks. */
  SERVER_DOWN(503),
  /** The response did not begin in time. */
  ANSWER_TIMEOUT(504),
  /** The request did not arrive in time. */
  REQUEST_TIMEOUT(408),
  /** A response made no progress. */
  RESPONSE_TIMEOUT(0),
  /** The client ended the request or its connection. */
  CLIENT_LEFT(0),
  /** Terminator closed the connection: at the end of a drain, for lack of memory, by the API. */
  CLOSED(0),
  /** A tunnel was idle. */
  IDLE(0),
  /** A fault or a lack of memory in Terminator. */
  INTERNAL(500);

  private final int status;
  private final String label = name().toLowerCase(Locale.ROOT);

  ExchangeEnd(int status) {
    this.status = status;
  }

  static ExchangeEnd of(CloseReason reason) {
    return switch (reason) {
      case NO_BACKEND -> NO_BACKEND;
      case QUEUE_FULL, QUEUE_TIMEOUT -> QUEUE;
      case CONNECT_TIMEOUT -> CONNECT_TIMEOUT;
      case SERVER_DOWN -> SERVER_DOWN;
      case INTERNAL -> INTERNAL;
      default -> CONNECT_FAILED;
    };
  }

  public int status() {
    return status;
  }

  public String label() {
    return label;
  }

  @Override
  public Series series() {
    return Series.counter("http_ends", "Requests by the way they ended.").with("reason", label);
  }
}
