package io.terminator.core.flow;

import io.terminator.core.phase.CloseReason;
import io.terminator.core.phase.Phase;

/** Told of connections, on their worker: must not wait, must not keep {@code progress}. */
public interface ConnectionObserver {
  /** Looks away. */
  ConnectionObserver NONE = (progress, reached, reason, detail) -> {};

  /** It lives on, longer than most: told now and then. */
  default void onLiving(Progress progress) {}

  /** The worker is gone and no call will follow. Not on a worker; may wait. */
  default void onWorkerGone() {}

  void onClosed(Progress progress, Phase reached, CloseReason reason, String detail);
}
