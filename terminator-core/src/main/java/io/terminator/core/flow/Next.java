package io.terminator.core.flow;

import io.terminator.core.phase.Failed;

/**
 * Takes the outcome of a phase: a value or a failure. One of the two is called once, on the connection's worker; neither after
 * the connection ended for another reason.
 */
public interface Next<T> {
  void onValue(T value);

  void onFailed(Connection connection, Failed why);
}
