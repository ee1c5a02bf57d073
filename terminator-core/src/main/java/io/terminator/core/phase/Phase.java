package io.terminator.core.phase;

import java.util.Locale;

/**
 * The six phases in the order in which a connection passes them. The label is the metric label and
 * the log key.
 */
public enum Phase {
  ACCEPT,
  HANDSHAKE,
  ROUTE,
  CONNECT,
  RELAY,
  CLOSE;

  private final String label = name().toLowerCase(Locale.ROOT);

  public String label() {
    return label;
  }
}
