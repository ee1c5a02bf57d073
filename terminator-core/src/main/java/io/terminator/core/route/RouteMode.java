package io.terminator.core.route;

/** How the TLS of a route's clients is handled. */
public enum RouteMode {
  /** Terminator terminates TLS; the backend receives plaintext. */
  TERMINATE,
  /**
   * The backend does the handshake: it receives the client's bytes from the first one on, and
   * Terminator never decrypts.
   */
  PASSTHROUGH
}
