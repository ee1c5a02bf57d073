package io.terminator.core.chain;

/** The protocol used above TCP with a backend's server. Any worker. */
public interface BackendLayer {

  /**
   * Starts a session on {@code below}, which is connected and on which at most a PROXY header has
   * been written. {@code server} is the server's name as configured; {@code client} is what is
   * known about the client that it serves.
   */
  BackendSession begin(ByteStream below, String server, Protection client);
}
