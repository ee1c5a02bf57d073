package io.terminator.core.route;

import java.util.Locale;

/** The operator's setting for a server, independent of its health. */
public enum ServerState {
  READY,
  /** Gets no new connections, except those of clients with its cookie; existing ones continue. */
  DRAIN,
  /** Gets no new connections and no health checks; existing connections are closed. */
  DISABLED;

  private final String label = name().toLowerCase(Locale.ROOT);

  public String label() {
    return label;
  }
}
