package io.terminator.core.http.exchange;

/** Why a stream ended before its messages were complete. */
public enum ResetReason {
  /** The peer no longer wants the rest: it cancelled the stream or closed its connection. */
  CANCELLED,
  /** The peer's connection broke. */
  CONNECTION_LOST,
  /** The connection ended in order, but in the middle of a message. */
  TRUNCATED,
  /** The peer has not processed the request and states that it can be sent again. */
  REFUSED,
  /** The peer violated the protocol. */
  PROTOCOL,
  /** The server refused the TLS handshake after it was complete on this side (TLS 1.3). */
  HANDSHAKE,
  /** A deadline expired. */
  TIMEOUT,
  /** The peer causes too much work. */
  FLOOD,
  /** The other side of the exchange has ended. */
  OTHER_SIDE,
  /** A fault or a lack of memory in Terminator. */
  INTERNAL
}
