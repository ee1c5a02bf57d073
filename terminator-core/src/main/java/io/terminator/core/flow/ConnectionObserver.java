package io.terminator.core.flow;

import io.terminator.core.phase.CloseReason;
import io.terminator.core.phase.Phase;

/** Told of every connection's end, on its worker: must not wait, must not keep {@code progress}. */
public interface ConnectionObserver {
  /** Looks away. */
  ConnectionObserver NONE = (progress, reached, reason, detail) -> {};

  void onClosed(Progress progress, Phase reached, CloseReason reason, String detail);
}
