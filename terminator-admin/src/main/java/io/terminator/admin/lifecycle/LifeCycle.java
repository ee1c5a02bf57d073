package io.terminator.admin.lifecycle;

import java.util.concurrent.atomic.AtomicReference;

/** The one answer to "may it do that now": every transition is guarded, and a state never comes back. Any thread. */
public final class LifeCycle {
  private final AtomicReference<State> state = new AtomicReference<>(State.STARTING);

  public State state() {
    return state.get();
  }

  /** False where the start was overtaken by a stop. */
  public boolean toServing() {
    return state.compareAndSet(State.STARTING, State.SERVING);
  }

  /** False where a drain is under way already, or where there is nothing to drain. */
  public boolean toDraining() {
    return state.compareAndSet(State.SERVING, State.DRAINING);
  }

  /** From every state; false when it was stopped before: whoever gets true closes what is open. */
  public boolean toStopped() {
    return state.getAndSet(State.STOPPED) != State.STOPPED;
  }
}
