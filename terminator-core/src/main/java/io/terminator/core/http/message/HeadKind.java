package io.terminator.core.http.message;

/** The kind of message that a {@link Head} begins or ends. */
public enum HeadKind {
  REQUEST,
  RESPONSE,
  /** The fields after a body. */
  TRAILERS
}
