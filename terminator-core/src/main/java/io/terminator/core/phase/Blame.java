package io.terminator.core.phase;

/** The party that can remove the cause of a failure. */
public enum Blame {
  CLIENT("client"),
  BACKEND("backend"),
  /** The configuration, a certificate or a key. */
  OPERATOR("operator"),
  /** Terminator itself: a fault or an exhausted resource. */
  US("terminator");

  private final String label;

  Blame(String label) {
    this.label = label;
  }

  /** The value in the log and in the API. */
  public String label() {
    return label;
  }
}
