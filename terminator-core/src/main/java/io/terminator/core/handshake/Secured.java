package io.terminator.core.handshake;

import io.terminator.core.accept.Accepted;
import io.terminator.core.chain.Protection;
import io.terminator.core.flow.Connection;

/** The protocol chain stands: the client's stream can be read, and what it agreed on is known. */
public record Secured(Accepted accepted, Protection protection) {
  public Connection connection() {
    return accepted.connection();
  }
}
