package io.terminator.core.relay;

import io.terminator.core.connect.Connected;
import io.terminator.core.phase.CloseReason;

/**
 * Both directions are over, in order. {@code reason} is for logs and metrics; the sockets are closed as for {@code ending}, which
 * differs where an exchange was complete but its end cannot be proven to be the peer's own.
 */
public record Relayed(Connected connected, CloseReason reason, String detail, CloseReason ending) {

  public Relayed(Connected connected, CloseReason reason, String detail) {
    this(connected, reason, detail, reason);
  }
}
