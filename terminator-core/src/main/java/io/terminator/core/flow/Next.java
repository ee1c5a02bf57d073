package io.terminator.core.flow;

import io.terminator.core.phase.Failed;

/**
 * Receives the outcome of a phase: a value or a failure. Exactly one of the two methods is called,
 * once, on the connection's worker; neither is called after the connection has ended for another
 * reason.
 */
public interface Next<T> {
  void onValue(T value);

  void onFailed(Connection connection, Failed why);
}
