package io.terminator.core.relay;

import io.terminator.core.phase.CloseReason;

/**
 * Both directions have ended in order. {@code reason} is for logs and metrics. The sockets are
 * closed according to {@code ending}, which differs if an exchange was complete but its end cannot
 * be proven to come from the peer.
 */
public record Relayed(CloseReason reason, String detail, CloseReason ending) {

  public Relayed(CloseReason reason, String detail) {
    this(reason, detail, reason);
  }
}
