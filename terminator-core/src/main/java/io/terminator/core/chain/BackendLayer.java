package io.terminator.core.chain;

/** What is spoken with a backend's server above TCP. Any worker. */
public interface BackendLayer {

  /**
   * Begins on {@code below}, which is connected and on which nothing but a PROXY header has been written. {@code server}
   * is its name as the operator wrote it, {@code client} what is known of whom it is for.
   */
  BackendSession begin(ByteStream below, String server, Protection client);
}
