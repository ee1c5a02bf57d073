package io.terminator.core.conversation;

import io.terminator.core.flow.Next;
import io.terminator.core.handshake.Secured;

/**
 * What happens between a secured client and its backends, until the connection is finished: it makes the connection's legs and
 * moves what they carry. Immutable, any worker.
 */
public interface Conversation {
  /** On the connection's worker; reads nothing from the client before this. */
  void begin(Secured secured, Next<Finished> next);

  /** Chooses a connection's conversation, once, by what the handshake told: its route and what ALPN agreed on. */
  interface Chooser {
    Conversation choose(Secured secured);
  }
}
