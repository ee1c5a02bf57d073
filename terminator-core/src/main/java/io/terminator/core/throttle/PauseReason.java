package io.terminator.core.throttle;

import java.util.Locale;

/** The reason why a direction is not read. */
public enum PauseReason {
  /** The other side accepts no more: its outbound bytes reached the high-water mark. */
  PEER_FULL,
  /** The worker's frames are running out. */
  FRAME_BUDGET,
  RATE_LIMIT,
  DRAINING,
  /** The other side does not exist yet. */
  SETUP,
  /**
   * The next step of a handshake runs on another thread, such as a signature, or waits for its
   * turn.
   */
  HANDSHAKE,
  /** The next request on a connection waits for the response to the one before. */
  PIPELINE;

  private final String label = name().toLowerCase(Locale.ROOT);
  private final int bit = 1 << ordinal();

  public String label() {
    return label;
  }

  int bit() {
    return bit;
  }
}
