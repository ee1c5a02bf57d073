package io.terminator.core.phase;

/** How a client learns that its connection ended. */
public enum ClientEnding {
  /** close_notify if it was not sent yet, then FIN. */
  FINISH,
  /** An alert or a plain answer was sent: FIN and a lingering close, so that input still in flight does not destroy it. */
  LINGER,
  /** RST, once what was sent before has been acknowledged. */
  RESET,
  /** RST at once: what waits for the client is memory that others need. */
  ABORT
}
