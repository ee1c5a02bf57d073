package io.terminator.core.flow;

/** Told once, on the worker, when a connection that was counted somewhere is gone. */
public interface Departure {
  void onGone();
}
