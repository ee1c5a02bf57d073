package io.terminator.core.flow;

/**
 * A unit of a limit or a counter that a connection or a leg occupies. Released once, on the worker,
 * when it ends.
 */
public interface Slot {
  /** Occupies nothing. */
  Slot NONE = () -> {};

  void release();
}
