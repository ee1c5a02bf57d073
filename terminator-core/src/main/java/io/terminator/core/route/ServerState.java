package io.terminator.core.route;

import java.util.Locale;

/** What the operator wants of a server, whatever its health. */
public enum ServerState {
  READY,
  /** Gets nobody new; the connections it has go on. */
  DRAIN,
  /** Gets nobody new, is not checked, and the connections it has are closed. */
  DISABLED;

  private final String label = name().toLowerCase(Locale.ROOT);

  public String label() {
    return label;
  }
}
