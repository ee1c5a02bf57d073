package io.terminator.core.route;

/** What is done with the TLS of a route's clients. */
public enum RouteMode {
  /** We speak TLS; the backend sees plain bytes. */
  TERMINATE,
  /** The backend speaks TLS: it sees the client's bytes from the first one on, and we never decrypt. */
  PASSTHROUGH
}
