package io.terminator.core.route;

import io.terminator.core.observe.Counted;
import io.terminator.core.observe.Series;

/** What a worker counts for each server. */
public enum ServerCount implements Counted {
  /** From the start of the connect to the close. */
  ACTIVE(
      Series.gauge(
          "backend_connections_active",
          "Open connections to a server, including those being made.")),
  CONNECTIONS(Series.counter("backend_connections", "Connection attempts to a server.")),
  CONNECT_FAILURES(
      Series.counter(
          "backend_connect_failures",
          "Connection attempts that a server refused or did not answer in time."));

  private final Series series;

  ServerCount(Series series) {
    this.series = series;
  }

  @Override
  public Series series() {
    return series;
  }
}
