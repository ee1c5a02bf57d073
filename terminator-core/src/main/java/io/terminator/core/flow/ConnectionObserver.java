package io.terminator.core.flow;

import io.terminator.core.phase.CloseReason;
import io.terminator.core.phase.Phase;

/** Told of connections, on their worker: must not wait, must not keep {@code progress}. */
public interface ConnectionObserver {
  /** Looks away. */
  ConnectionObserver NONE = (progress, reached, reason, detail) -> {};

  /** Tells {@code first}, then {@code second}. */
  static ConnectionObserver both(ConnectionObserver first, ConnectionObserver second) {
    return new ConnectionObserver() {
      @Override
      public void onClosed(Progress progress, Phase reached, CloseReason reason, String detail) {
        first.onClosed(progress, reached, reason, detail);
        second.onClosed(progress, reached, reason, detail);
      }

      @Override
      public void onLiving(Progress progress) {
        first.onLiving(progress);
        second.onLiving(progress);
      }

      @Override
      public void onWorkerGone() {
        first.onWorkerGone();
        second.onWorkerGone();
      }
    };
  }

  /** It lives on, longer than most: told now and then. */
  default void onLiving(Progress progress) {}

  /** The worker is gone and no call will follow. Not on a worker; may wait. */
  default void onWorkerGone() {}

  void onClosed(Progress progress, Phase reached, CloseReason reason, String detail);
}
