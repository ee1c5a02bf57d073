package io.terminator.core.phase;

/** How a client connection is ended. */
public enum ClientEnding {
  /** close_notify if it was not sent yet, then FIN. */
  FINISH,
  /**
   * An alert or a plain answer was sent: FIN and a lingering close, so that input in transit does
   * not destroy it.
   */
  LINGER,
  /** RST after the bytes sent before have been acknowledged. */
  RESET,
  /** RST immediately: the client's waiting bytes hold memory that others need. */
  ABORT
}
