package io.terminator.admin.lifecycle;

import java.util.Locale;

/** The state of an appliance; it only moves forward in this order. */
public enum State {
  /** Being assembled: no connections are accepted yet. */
  STARTING,
  /** Accepting connections; the only state in which a reload is possible. */
  SERVING,
  /**
   * Not ready. Accepts connections until the end of the grace period, then closes the remaining
   * ones.
   */
  DRAINING,
  /** Everything is closed. */
  STOPPED;

  /** The name in metrics, the API and messages. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
