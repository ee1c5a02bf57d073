package io.terminator.core.observe;

/** What a worker counts for each of its listeners. */
public enum ListenerCount implements Counted {
  ACTIVE(Series.gauge("connections_active", "Open connections.")),
  ACCEPTED(Series.counter("connections", "Connections accepted."));

  private final Series series;

  ListenerCount(Series series) {
    this.series = series;
  }

  @Override
  public Series series() {
    return series;
  }
}
