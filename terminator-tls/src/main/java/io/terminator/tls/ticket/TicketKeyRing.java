package io.terminator.tls.ticket;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;

/**
 * This process's ticket keys: the newest seals, the ones before still open, so that a ticket lives at least one and at
 * most three rotations. The ring outlives every context and every reload; that is why resumption does too. Any thread.
 */
public final class TicketKeyRing {
  private static final int KEPT = 3;

  private final SecureRandom random = new SecureRandom();
  private volatile List<TicketKey> keys = List.of(TicketKey.random(random));

  /** Newest first; never empty. */
  public List<TicketKey> keys() {
    return keys;
  }

  /** A new key seals from now on. One caller at a time. */
  public void rotate() {
    List<TicketKey> next = new ArrayList<>(KEPT);
    next.add(TicketKey.random(random));
    next.addAll(keys.subList(0, Math.min(keys.size(), KEPT - 1)));
    keys = List.copyOf(next);
  }
}
