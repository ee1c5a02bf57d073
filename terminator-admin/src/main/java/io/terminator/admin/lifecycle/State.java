package io.terminator.admin.lifecycle;

import java.util.Locale;

/** Where an appliance is between its start and its end; it only ever moves forward in this order. */
public enum State {
  /** Being assembled: nothing is accepted yet. */
  STARTING,
  /** Accepting connections; the only state in which a reload is possible. */
  SERVING,
  /** Not ready; accepting until the grace is over, then closing what is left. */
  DRAINING,
  /** Nothing is open any more. */
  STOPPED;

  /** The word of metrics, the API and messages. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
