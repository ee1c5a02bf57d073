package io.terminator.core.http.exchange;

/** Begins the exchanges of one client connection. Worker thread only. */
public interface Exchanges {
  /** The receiver of the events of {@code stream}, on which a request begins. */
  HttpEvents begin(HttpStream stream);
}
