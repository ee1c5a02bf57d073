package io.terminator.core.route;

import java.util.Locale;

/** What the checks of a server say. */
public enum ServerHealth {
  /** Nobody checks it, or not yet; it gets clients. */
  UNCHECKED,
  UP,
  DOWN;

  private final String label = name().toLowerCase(Locale.ROOT);

  public String label() {
    return label;
  }
}
