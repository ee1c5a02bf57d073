package io.terminator.core.accept;

import io.terminator.core.observe.Counted;

/** Counters of a worker for its listening sockets. */
public enum AcceptCount implements Counted {
  FAILURES("accept_failures", "Failed accept calls.");

  private final String metric;
  private final String help;

  AcceptCount(String metric, String help) {
    this.metric = metric;
    this.help = help;
  }

  @Override
  public String metric() {
    return metric;
  }

  @Override
  public String help() {
    return help;
  }
}
