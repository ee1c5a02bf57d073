package io.terminator.core.phase;

/**
 * The outcome of a phase that has no value to pass on. {@code detail} is for the log; {@code
 * label}, from a closed set, is for the metrics. Immutable.
 */
public record Failed(CloseReason reason, String detail, Blame blame, String label) {

  /** With the reason's own blame and label. */
  public Failed(CloseReason reason, String detail) {
    this(reason, detail, reason.blame(), reason.label());
  }
}
