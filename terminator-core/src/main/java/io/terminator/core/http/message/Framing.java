package io.terminator.core.http.message;

/** How the end of a message's body is recognized (RFC 9112 section 6). */
public enum Framing {
  /** There is no body. */
  NONE,
  /** The body has {@link Head#bodyLength} bytes. */
  LENGTH,
  /** The body ends with a chunk of length zero and trailers, or with the end of an h2 stream. */
  CHUNKED,
  /** A response that ends with its connection. */
  UNTIL_CLOSE
}
