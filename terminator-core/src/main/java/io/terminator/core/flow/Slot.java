package io.terminator.core.flow;

/** What a connection occupies of a limit or a counter; released once, on the worker, when it ends. */
public interface Slot {
  void release();
}
