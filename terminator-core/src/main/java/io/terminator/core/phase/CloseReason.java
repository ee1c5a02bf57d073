package io.terminator.core.phase;

import static io.terminator.core.phase.Blame.BACKEND;
import static io.terminator.core.phase.Blame.CLIENT;
import static io.terminator.core.phase.Blame.OPERATOR;
import static io.terminator.core.phase.Blame.US;
import static io.terminator.core.phase.ClientEnding.ABORT;
import static io.terminator.core.phase.ClientEnding.FINISH;
import static io.terminator.core.phase.ClientEnding.LINGER;
import static io.terminator.core.phase.ClientEnding.RESET;

import java.util.Locale;

/**
 * The reason why a connection ended, exactly one per connection, from a closed set. The label is
 * both the metric label and the log value. Each reason defines who caused the end, how the client
 * connection is ended and whether it is logged; no other code decides this by reason.
 */
public enum CloseReason {
  /** Both directions ended cleanly, the client's first. */
  CLIENT_CLOSED(CLIENT, FINISH, Logged.ALWAYS),
  /** Both directions ended cleanly, the backend's first. */
  BACKEND_CLOSED(BACKEND, FINISH, Logged.ALWAYS),
  CLIENT_RESET(CLIENT, RESET, Logged.ALWAYS),
  BACKEND_RESET(BACKEND, RESET, Logged.ALWAYS),
  /** The client sent a FIN without close_notify. */
  CLIENT_TRUNCATED(CLIENT, RESET, Logged.ALWAYS),
  /** A TLS backend sent a FIN without close_notify. */
  BACKEND_TRUNCATED(BACKEND, RESET, Logged.ALWAYS),
  /** After the handshake: a record that cannot be decrypted, or a message that TLS forbids. */
  CLIENT_PROTOCOL(CLIENT, LINGER, Logged.ALWAYS),
  BACKEND_PROTOCOL(BACKEND, RESET, Logged.ALWAYS),
  /** The client closed before its first byte: usually a load balancer's health check. */
  PROBE(CLIENT, FINISH, Logged.NEVER),
  /** A trusted proxy sent something other than a PROXY header, or only a part of one. */
  PROXY_HEADER_INVALID(OPERATOR, RESET, Logged.ALWAYS),
  PROXY_HEADER_TIMEOUT(OPERATOR, RESET, Logged.ALWAYS),
  CLIENT_HELLO_TIMEOUT(CLIENT, RESET, Logged.ALWAYS),
  HANDSHAKE_TIMEOUT(CLIENT, RESET, Logged.ALWAYS),
  HANDSHAKE_FAILED(CLIENT, LINGER, Logged.ALWAYS),
  /** The client closed, or its connection broke, during the handshake. */
  HANDSHAKE_ABORTED(CLIENT, RESET, Logged.ALWAYS),
  PLAIN_HTTP(CLIENT, LINGER, Logged.ALWAYS),
  NO_ROUTE(CLIENT, LINGER, Logged.ALWAYS),
  /** No server of the backend may be tried. */
  NO_BACKEND(BACKEND, RESET, Logged.ALWAYS),
  CONNECT_FAILED(BACKEND, RESET, Logged.ALWAYS),
  CONNECT_TIMEOUT(BACKEND, RESET, Logged.ALWAYS),
  /** Every server had reached its connection limit and the connect queue was full. */
  QUEUE_FULL(BACKEND, RESET, Logged.ALWAYS),
  /** No server had a free slot within the queue timeout. */
  QUEUE_TIMEOUT(BACKEND, RESET, Logged.ALWAYS),
  /**
   * TLS with the server failed: it violated the protocol, closed, or supports no common version.
   */
  BACKEND_HANDSHAKE_FAILED(BACKEND, RESET, Logged.ALWAYS),
  /** The server's certificate is not trusted under the backend's settings. */
  BACKEND_UNTRUSTED(BACKEND, RESET, Logged.ALWAYS),
  /** The server was disabled, or failed its checks and the backend closes such connections. */
  SERVER_DOWN(BACKEND, RESET, Logged.ALWAYS),
  /** The client closed during the connect to the backend. */
  CLIENT_LEFT(CLIENT, RESET, Logged.ALWAYS),
  IDLE(CLIENT, FINISH, Logged.ALWAYS),
  HALF_CLOSE_TIMEOUT(CLIENT, RESET, Logged.ALWAYS),
  LIFETIME(OPERATOR, FINISH, Logged.ALWAYS),
  /** Refused by a connection or rate limit. */
  LIMITED(CLIENT, RESET, Logged.FROM_ROUTE),
  /** Refused because the process has reached its connection limit. */
  CAPACITY(OPERATOR, RESET, Logged.FROM_ROUTE),
  /** Refused by an address list. */
  DENIED(CLIENT, RESET, Logged.FROM_ROUTE),
  /** Refused or shed because the worker or its memory is overloaded. */
  OVERLOAD(US, ABORT, Logged.FROM_ROUTE),
  DRAINED(OPERATOR, FINISH, Logged.ALWAYS),
  /** Closed through the admin API. */
  ADMIN(OPERATOR, FINISH, Logged.ALWAYS),
  /** A fault in Terminator: an exception that no phase expects. */
  INTERNAL(US, RESET, Logged.ALWAYS);

  private enum Logged {
    ALWAYS,
    /** A flood of refused clients must not become a flood of log lines. */
    FROM_ROUTE,
    NEVER
  }

  private final Blame blame;
  private final ClientEnding ending;
  private final Logged logged;
  private final String label = name().toLowerCase(Locale.ROOT);

  CloseReason(Blame blame, ClientEnding ending, Logged logged) {
    this.blame = blame;
    this.ending = ending;
    this.logged = logged;
  }

  /** The party that caused the end, unless the failed phase knows better. */
  public Blame blame() {
    return blame;
  }

  public ClientEnding ending() {
    return ending;
  }

  /**
   * Whether the backend gets a clean end too. With every other reason it gets a reset, since bytes
   * may be missing.
   */
  public boolean isClean() {
    return ending == FINISH;
  }

  /**
   * Whether a connection that ends with this reason in phase {@code reached} is logged and its
   * failed handshake counted.
   */
  public boolean isLogged(Phase reached) {
    return logged == Logged.ALWAYS
        || (logged == Logged.FROM_ROUTE && reached.compareTo(Phase.ROUTE) >= 0);
  }

  public String label() {
    return label;
  }
}
