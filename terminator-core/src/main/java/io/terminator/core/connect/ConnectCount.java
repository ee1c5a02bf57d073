package io.terminator.core.connect;

import io.terminator.core.observe.Counted;
import io.terminator.core.observe.Series;

/** What a worker counts for its connects. */
public enum ConnectCount implements Counted {
  ATTEMPTS(Series.counter("connect_attempts", "Connection attempts to backends.")),
  /** A connect to another server after one that refused or did not answer. */
  RETRIES(
      Series.counter(
          "connect_retries", "Connection attempts that were retried on another server."));

  private final Series series;

  ConnectCount(Series series) {
    this.series = series;
  }

  @Override
  public Series series() {
    return series;
  }
}
