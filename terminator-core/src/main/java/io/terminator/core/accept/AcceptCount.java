package io.terminator.core.accept;

import io.terminator.core.observe.Counted;
import io.terminator.core.observe.Series;

/** What a worker counts for its listening sockets. */
public enum AcceptCount implements Counted {
  FAILURES(Series.counter("accept_failures", "Failed accept calls."));

  private final Series series;

  AcceptCount(Series series) {
    this.series = series;
  }

  @Override
  public Series series() {
    return series;
  }
}
