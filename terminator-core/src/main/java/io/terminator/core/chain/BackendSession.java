package io.terminator.core.chain;

import io.terminator.core.phase.CloseReason;

/** One server's handshake under way. Worker thread only. */
public interface BackendSession {

  /** The outermost stream, from the beginning; whoever began the session releases it, however it ends. */
  ByteStream stream();

  /** Reads and answers what there is, never waits; the first call speaks first. */
  LayerSession.Step advance();

  /** Only after FAILED. */
  CloseReason reason();

  /** The cause in words, for the log; only after FAILED. */
  String failure();
}
