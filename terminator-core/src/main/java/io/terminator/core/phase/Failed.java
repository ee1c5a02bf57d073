package io.terminator.core.phase;

/**
 * What a phase came to when it has no value to hand on. {@code detail} is for the log, {@code label}, of a closed set, for the
 * metrics. Immutable.
 */
public record Failed(CloseReason reason, String detail, Blame blame, String label) {

  /** With the reason's own blame and label. */
  public Failed(CloseReason reason, String detail) {
    this(reason, detail, reason.blame(), reason.label());
  }
}
