package io.terminator.core.relay;

import io.terminator.core.connect.Connected;
import io.terminator.core.phase.CloseReason;

/** Both directions are over, in the way {@code reason} says. */
public record Relayed(Connected connected, CloseReason reason, String detail) {}
