package io.terminator.core.health;

import io.terminator.core.observe.Counted;
import io.terminator.core.observe.Series;

/** What is counted for the health checks of each server. */
public enum CheckCount implements Counted {
  CHECKS(Series.counter("backend_checks", "Health checks of a server.")),
  FAILURES(Series.counter("backend_check_failures", "Failed health checks of a server."));

  private final Series series;

  CheckCount(Series series) {
    this.series = series;
  }

  @Override
  public Series series() {
    return series;
  }
}
