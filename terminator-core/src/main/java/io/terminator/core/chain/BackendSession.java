package io.terminator.core.chain;

import io.terminator.core.phase.CloseReason;

/** The handshake with one server while it is in progress. Worker thread only. */
public interface BackendSession {

  /**
   * The outermost stream, available from the start. The caller that began the session releases it,
   * whatever the result.
   */
  ByteStream stream();

  /**
   * Reads and answers the available input without waiting; the first call sends the first message.
   */
  LayerSession.Step advance();

  /** Valid only after FAILED. */
  CloseReason reason();

  /** The cause as text, for the log. Valid only after FAILED. */
  String failure();

  /**
   * Whether only what the client asked for made it fail: it says nothing about the server, so a
   * client must not take the server from others by it. Valid only after FAILED.
   */
  default boolean isClientsChoice() {
    return false;
  }
}
