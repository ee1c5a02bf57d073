package io.terminator.core.chain;

import org.jspecify.annotations.Nullable;

/** The protocol used above TCP with a backend's server. Any worker. */
@FunctionalInterface
public interface BackendLayer {

  /**
   * Starts a session on {@code below}, which is connected and on which at most a PROXY header has
   * been written. {@code server} is the server's name as configured; {@code client} is what is
   * known about the client that it serves.
   */
  BackendSession begin(ByteStream below, String server, Protection client);

  /**
   * What a session owes to the client for which it began: an open session can serve another client
   * only if this is equal for both. Null if nothing differs between clients.
   */
  default @Nullable Object variant(Protection client) {
    return client;
  }
}
