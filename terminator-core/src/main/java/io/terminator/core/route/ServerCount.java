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
          "Connection attempts that a server refused or did not answer in time.")),
  RESPONSE_ERRORS(
      Series.counter(
          "backend_response_errors",
          "Responses of a server that outlier counts as errors, and those that did not come.")),
  EJECTIONS(
      Series.counter(
          "backend_ejections", "Times that a server was avoided after errors (outlier ejection)."));

  private final Series series;

  ServerCount(Series series) {
    this.series = series;
  }

  @Override
  public Series series() {
    return series;
  }
}
