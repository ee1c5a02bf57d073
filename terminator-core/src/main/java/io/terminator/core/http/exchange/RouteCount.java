package io.terminator.core.http.exchange;

import io.terminator.core.observe.Counted;
import io.terminator.core.observe.Series;
import java.util.Locale;

/** What a worker counts for the finished requests of one route: the class of their status. */
public enum RouteCount implements Counted {
  STATUS_1XX,
  STATUS_2XX,
  STATUS_3XX,
  STATUS_4XX,
  STATUS_5XX,
  /** The client got none. */
  STATUS_NONE;

  private static final RouteCount[] VALUES = values();

  static RouteCount of(int status) {
    return status < 100 || status > 599 ? STATUS_NONE : VALUES[status / 100 - 1];
  }

  @Override
  public Series series() {
    return Series.counter("route_requests", "Requests by route and class of status.")
        .with("status", name().substring(name().indexOf('_') + 1).toLowerCase(Locale.ROOT));
  }
}
