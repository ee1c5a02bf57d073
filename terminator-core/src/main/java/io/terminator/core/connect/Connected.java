package io.terminator.core.connect;

import io.terminator.core.chain.ByteStream;
import io.terminator.core.flow.Connection;
import io.terminator.core.route.Routed;

/** Both sides are open, on the client's worker. */
public record Connected(Routed routed, ByteStream client, ByteStream backend) {
  public Connection connection() {
    return routed.connection();
  }
}
