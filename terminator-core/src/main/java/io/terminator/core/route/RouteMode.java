package io.terminator.core.route;

/** How the TLS of a route's clients is handled. */
public enum RouteMode {
  /** Terminator terminates TLS; the backend receives plaintext. */
  TERMINATE,
  /**
   * Terminator terminates TLS and speaks HTTP with the client; routes of requests select the
   * backends.
   */
  HTTP,
  /**
   * The backend does the handshake: it receives the client's bytes from the first one on, and
   * Terminator never decrypts.
   */
  PASSTHROUGH
}
