package io.terminator.core.worker;

import org.jspecify.annotations.Nullable;

/**
 * Something that must happen by a time unless it is moved or cancelled first. One object serves a connection's whole
 * life: moving it allocates nothing. Worker thread only.
 */
public abstract class Deadline {
  private @Nullable Deadline previous;
  private @Nullable Deadline next;
  private long dueTick;
  private int slot = -1;

  /** The time has come; the deadline is no longer armed and may be armed again. */
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

  /** Takes this out of its list; returns what the list's head is if this was the head. */
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
