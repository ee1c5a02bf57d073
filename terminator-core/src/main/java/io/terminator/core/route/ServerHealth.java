package io.terminator.core.route;

import java.util.Locale;

/** The health of a server according to its checks. */
public enum ServerHealth {
  /** Not checked, or not checked yet; the server gets connections. */
  UNCHECKED,
  UP,
  DOWN;

  private final String label = name().toLowerCase(Locale.ROOT);

  public String label() {
    return label;
  }
}
