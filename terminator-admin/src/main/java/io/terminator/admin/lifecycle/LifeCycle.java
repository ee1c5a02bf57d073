package io.terminator.admin.lifecycle;

import java.util.concurrent.atomic.AtomicReference;

/**
 * The single authority on the state: every transition is guarded, and a state never recurs. Any
 * thread.
 */
public final class LifeCycle {
  private final AtomicReference<State> state = new AtomicReference<>(State.STARTING);

  public State state() {
    return state.get();
  }

  /** Returns false if a stop came before the end of the start. */
  public boolean toServing() {
    return state.compareAndSet(State.STARTING, State.SERVING);
  }

  /** Returns false if a drain is already in progress or there is nothing to drain. */
  public boolean toDraining() {
    return state.compareAndSet(State.SERVING, State.DRAINING);
  }

  /**
   * Possible in every state; returns false if already stopped. The caller that gets true closes all
   * resources.
   */
  public boolean toStopped() {
    return state.getAndSet(State.STOPPED) != State.STOPPED;
  }
}
