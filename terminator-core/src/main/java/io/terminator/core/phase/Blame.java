package io.terminator.core.phase;

/** Who can remove the cause of a failure. */
public enum Blame {
  CLIENT,
  BACKEND,
  /** The configuration, a certificate or a key. */
  OPERATOR,
  /** Terminator itself: a fault or a resource that ran out. */
  US
}
