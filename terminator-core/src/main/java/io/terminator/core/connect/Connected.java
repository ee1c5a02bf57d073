package io.terminator.core.connect;

import io.terminator.core.chain.ByteStream;
import io.terminator.core.flow.Connection;
import io.terminator.core.flow.Leg;
import io.terminator.core.handshake.Secured;

/** Both sides are open, on the client's worker. {@code server} is the stage of {@code leg}. */
public record Connected(Secured secured, Leg leg, BackendConnection server) {
  public Connection connection() {
    return secured.connection();
  }

  public ByteStream client() {
    return secured.client();
  }

  public ByteStream backend() {
    return server.stream();
  }
}
