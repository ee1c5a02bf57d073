package io.terminator.tls.challenge;

import java.util.Map;

/**
 * The challenges that are answered now, by server name in lower case. One reference that is swapped
 * whole, so that a handshake sees one state. Thread-safe.
 */
public final class PendingChallenges {
  private volatile Map<String, ChallengeCertificate> current = Map.of();

  /** Immutable. Any thread. */
  public Map<String, ChallengeCertificate> current() {
    return current;
  }

  /** Replaces all challenges. Control plane. */
  public void publish(Map<String, ChallengeCertificate> challenges) {
    current = Map.copyOf(challenges);
  }
}
