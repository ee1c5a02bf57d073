package io.terminator.core.throttle;

import java.util.Locale;

/** Why a direction is not read. */
public enum PauseReason {
  /** The other side takes no more: its outbound bytes reached the high-water mark. */
  PEER_FULL,
  /** The worker's frames run short. */
  FRAME_BUDGET,
  RATE_LIMIT,
  DRAINING,
  /** The other side does not exist yet. */
  SETUP,
  /** A handshake's next step is due elsewhere, a signature for one, or has to wait for its turn. */
  HANDSHAKE;

  private final String label = name().toLowerCase(Locale.ROOT);
  private final int bit = 1 << ordinal();

  public String label() {
    return label;
  }

  int bit() {
    return bit;
  }
}
