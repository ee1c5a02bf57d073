package io.terminator.core.flow;

import io.terminator.core.phase.Blame;
import io.terminator.core.phase.CloseReason;
import io.terminator.core.phase.Phase;

/**
 * How a connection ended: the phase, the reason, {@code detail} for the log and {@code label}, from
 * a closed set, for the metrics. Immutable.
 */
public record Closed(Phase reached, CloseReason reason, String detail, Blame blame, String label) {

  /** Whether the end is logged. */
  public boolean isLogged() {
    return reason.isLogged(reached);
  }

  /** Whether the handshake failed, which is counted and kept for diagnosis. */
  public boolean isFailedHandshake() {
    return reason.isFailedHandshake(reached);
  }

  /** Whether the end was not orderly, so that it is of interest who caused it. */
  public boolean isFailure() {
    return !reason.isClean();
  }
}
