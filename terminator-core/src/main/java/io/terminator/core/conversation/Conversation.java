package io.terminator.core.conversation;

import io.terminator.core.flow.Next;
import io.terminator.core.handshake.Secured;

/**
 * The exchange between a secured client and its backends until the connection is finished. It
 * creates the connection's legs and moves their bytes. Immutable, any worker.
 */
public interface Conversation {
  /** Starts on the connection's worker. Nothing has been read from the client before this call. */
  void begin(Secured secured, Next<Finished> next);

  /**
   * Selects a connection's conversation once, by the result of the handshake: its route and the
   * ALPN protocol.
   */
  interface Chooser {
    Conversation choose(Secured secured);
  }
}
