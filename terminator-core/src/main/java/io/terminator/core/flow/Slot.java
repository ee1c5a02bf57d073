package io.terminator.core.flow;

/** What a connection or a leg occupies of a limit or a counter; released once, on the worker, when it ends. */
public interface Slot {
  /** Nothing is occupied. */
  Slot NONE = () -> {};

  void release();
}
