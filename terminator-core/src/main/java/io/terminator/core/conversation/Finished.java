package io.terminator.core.conversation;

import io.terminator.core.flow.Connection;
import io.terminator.core.phase.CloseReason;

/**
 * The conversation came to its end. {@code reason} is for logs and metrics; the sockets are closed as for {@code ending}, which
 * differs where everything was exchanged but the end cannot be proven to be the peer's own.
 */
public record Finished(
    Connection connection, CloseReason reason, String detail, CloseReason ending) {}
