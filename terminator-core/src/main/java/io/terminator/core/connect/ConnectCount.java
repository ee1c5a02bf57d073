package io.terminator.core.connect;

import io.terminator.core.observe.Counted;

/** The events of connects that a worker counts. */
public enum ConnectCount implements Counted {
  ATTEMPTS("connect_attempts", "Connection attempts to backends."),
  /** A connect to another server after one that refused or did not answer. */
  RETRIES("connect_retries", "Connection attempts that were retried on another server.");

  private final String metric;
  private final String help;

  ConnectCount(String metric, String help) {
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
