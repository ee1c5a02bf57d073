package io.terminator.core.worker;

import org.jspecify.annotations.Nullable;

/**
 * An action that runs at a given time unless it is moved or cancelled before. One object is used
 * for the whole life of a connection: moving it allocates nothing. Worker thread only.
 */
public abstract class Deadline {
  private @Nullable Deadline previous;
  private @Nullable Deadline next;
  private long dueTick;
  private int slot = -1;

  /** The time has come. The deadline is no longer armed and may be armed again. */
  protected abstract void onDue();

  public final boolean isArmed() {
    return slot >= 0;
  }

  long dueTick() {
    return dueTick;
  }

  int slot() {
    return slot;
  }

  @Nullable Deadline next() {
    return next;
  }

  void link(long tick, int into, @Nullable Deadline head) {
    dueTick = tick;
    slot = into;
    previous = null;
    next = head;
    if (head != null) {
      head.previous = this;
    }
  }

  /** Removes this from its list; returns the new head of the list if this was the head. */
  @Nullable Deadline unlink(@Nullable Deadline head) {
    Deadline before = previous;
    Deadline after = next;
    if (after != null) {
      after.previous = before;
    }
    if (before != null) {
      before.next = after;
    }
    previous = null;
    next = null;
    slot = -1;
    return before == null ? after : head;
  }
}
