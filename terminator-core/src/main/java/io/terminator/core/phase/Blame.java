package io.terminator.core.phase;

/** The party that can remove the cause of a failure. */
public enum Blame {
  CLIENT,
  BACKEND,
  /** The configuration, a certificate or a key. */
  OPERATOR,
  /** Terminator itself: a fault or an exhausted resource. */
  US
}
