package io.terminator.core.http.exchange;

/** Begins the exchanges of one client connection. Worker thread only. */
public interface Exchanges {
  /** The receiver of the events of {@code stream}, on which a request begins. */
  HttpEvents begin(HttpStream stream);

  /**
   * True once no further exchange should begin on this connection, because the worker drains, the
   * configuration has been replaced, or the connection is being retired. Exchanges that have begun
   * are completed.
   */
  boolean isLast();
}
