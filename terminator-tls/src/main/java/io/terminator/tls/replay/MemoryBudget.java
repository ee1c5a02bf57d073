package io.terminator.tls.replay;

/** Where the memory of a table comes from. Worker thread only. */
interface MemoryBudget {
  /** Whether {@code bytes} more may be used; they then are. */
  boolean take(long bytes);
}
