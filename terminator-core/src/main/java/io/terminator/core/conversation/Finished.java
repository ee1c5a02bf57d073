package io.terminator.core.conversation;

import io.terminator.core.flow.Connection;
import io.terminator.core.phase.CloseReason;

/**
 * The conversation has ended. {@code reason} is for logs and metrics. The sockets are closed
 * according to {@code ending}, which differs if everything was exchanged but the end cannot be
 * proven to come from the peer.
 */
public record Finished(
    Connection connection, CloseReason reason, String detail, CloseReason ending) {}
