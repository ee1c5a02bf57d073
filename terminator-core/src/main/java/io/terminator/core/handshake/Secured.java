package io.terminator.core.handshake;

import io.terminator.core.accept.Accepted;
import io.terminator.core.chain.ByteStream;
import io.terminator.core.chain.Protection;
import io.terminator.core.flow.Connection;

/**
 * The client's protocol chain is complete: {@code client} can be read, and the negotiated
 * parameters are known.
 */
public record Secured(Accepted accepted, ByteStream client, Protection protection) {
  public Connection connection() {
    return accepted.connection();
  }
}
