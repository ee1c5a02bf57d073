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
  CLIENT_CLOSED(CLIENT, FINISH, When.AFTER_ROUTE, Logged.ALWAYS),
  /** Both directions ended cleanly, the backend's first. */
  BACKEND_CLOSED(BACKEND, FINISH, When.AFTER_ROUTE, Logged.ALWAYS),
  CLIENT_RESET(CLIENT, RESET, When.AFTER_ROUTE, Logged.ALWAYS),
  BACKEND_RESET(BACKEND, RESET, When.AFTER_ROUTE, Logged.ALWAYS),
  /** The client sent a FIN without close_notify. */
  CLIENT_TRUNCATED(CLIENT, RESET, When.AFTER_ROUTE, Logged.ALWAYS),
  /** A TLS backend sent a FIN without close_notify. */
  BACKEND_TRUNCATED(BACKEND, RESET, When.AFTER_ROUTE, Logged.ALWAYS),
  /** After the handshake: a record that cannot be decrypted, or a message that TLS forbids. */
  CLIENT_PROTOCOL(CLIENT, LINGER, When.AFTER_ROUTE, Logged.ALWAYS),
  /** The client caused more work than its requests need (HTTP/2). */
  CLIENT_FLOOD(CLIENT, LINGER, When.AFTER_ROUTE, Logged.ALWAYS),
  BACKEND_PROTOCOL(BACKEND, RESET, When.AFTER_ROUTE, Logged.ALWAYS),
  /** The client closed before its first byte: usually a load balancer's health check. */
  PROBE(CLIENT, FINISH, When.BEFORE_ROUTE, Logged.NEVER),
  /** A certificate authority validated a name in the handshake (RFC 8737). */
  ACME_CHALLENGE(CLIENT, FINISH, When.BEFORE_ROUTE, Logged.ALWAYS),
  /** A trusted proxy sent something other than a PROXY header, or only a part of one. */
  PROXY_HEADER_INVALID(OPERATOR, RESET, When.BEFORE_ROUTE, Logged.ALWAYS),
  PROXY_HEADER_TIMEOUT(OPERATOR, RESET, When.BEFORE_ROUTE, Logged.ALWAYS),
  CLIENT_HELLO_TIMEOUT(CLIENT, RESET, When.BEFORE_ROUTE, Logged.ALWAYS),
  HANDSHAKE_TIMEOUT(CLIENT, RESET, When.BEFORE_ROUTE, Logged.ALWAYS),
  HANDSHAKE_FAILED(CLIENT, LINGER, When.BEFORE_ROUTE, Logged.ALWAYS),
  /** The client closed, or its connection broke, during the handshake. */
  HANDSHAKE_ABORTED(CLIENT, RESET, When.BEFORE_ROUTE, Logged.ALWAYS),
  PLAIN_HTTP(CLIENT, LINGER, When.BEFORE_ROUTE, Logged.ALWAYS),
  NO_ROUTE(CLIENT, LINGER, When.BEFORE_ROUTE, Logged.ALWAYS),
  /** No server of the backend may be tried. */
  NO_BACKEND(BACKEND, RESET, When.AFTER_ROUTE, Logged.ALWAYS),
  CONNECT_FAILED(BACKEND, RESET, When.AFTER_ROUTE, Logged.ALWAYS),
  CONNECT_TIMEOUT(BACKEND, RESET, When.AFTER_ROUTE, Logged.ALWAYS),
  /** Every server had reached its connection limit and the connect queue was full. */
  QUEUE_FULL(BACKEND, RESET, When.AFTER_ROUTE, Logged.ALWAYS),
  /** No server had a free slot within the queue timeout. */
  QUEUE_TIMEOUT(BACKEND, RESET, When.AFTER_ROUTE, Logged.ALWAYS),
  /**
   * TLS with the server failed: it violated the protocol, closed, or supports no common version.
   */
  BACKEND_HANDSHAKE_FAILED(BACKEND, RESET, When.AFTER_ROUTE, Logged.ALWAYS),
  /** The server's certificate is not trusted under the backend's settings. */
  BACKEND_UNTRUSTED(BACKEND, RESET, When.AFTER_ROUTE, Logged.ALWAYS),
  /** The server was disabled, or failed its checks and the backend closes such connections. */
  SERVER_DOWN(BACKEND, RESET, When.AFTER_ROUTE, Logged.ALWAYS),
  /** The client closed during the connect to the backend. */
  CLIENT_LEFT(CLIENT, RESET, When.AFTER_ROUTE, Logged.ALWAYS),
  /** HTTP: the response after which the connection is closed was sent. */
  LAST_RESPONSE(CLIENT, FINISH, When.AFTER_ROUTE, Logged.ALWAYS),
  /** HTTP: a request was refused and answered, and what follows it cannot be read. */
  REQUEST_REFUSED(CLIENT, LINGER, When.AFTER_ROUTE, Logged.ALWAYS),
  /** HTTP: a request did not arrive in time. */
  REQUEST_TIMEOUT(CLIENT, LINGER, When.AFTER_ROUTE, Logged.ALWAYS),
  /** HTTP: a response had begun and cannot be completed. */
  RESPONSE_BROKEN(BACKEND, RESET, When.AFTER_ROUTE, Logged.ALWAYS),
  IDLE(CLIENT, FINISH, When.AFTER_ROUTE, Logged.ALWAYS),
  HALF_CLOSE_TIMEOUT(CLIENT, RESET, When.AFTER_ROUTE, Logged.ALWAYS),
  LIFETIME(OPERATOR, FINISH, When.AFTER_ROUTE, Logged.ALWAYS),
  /** Refused by a connection or rate limit. */
  LIMITED(CLIENT, RESET, When.BEFORE_ROUTE, Logged.FROM_ROUTE),
  /** Refused because the process has reached its connection limit. */
  CAPACITY(OPERATOR, RESET, When.BEFORE_ROUTE, Logged.FROM_ROUTE),
  /** Refused by an address list. */
  DENIED(CLIENT, RESET, When.BEFORE_ROUTE, Logged.FROM_ROUTE),
  /** Refused or shed because the worker or its memory is overloaded. */
  OVERLOAD(US, ABORT, When.ALWAYS, Logged.FROM_ROUTE),
  DRAINED(OPERATOR, FINISH, When.ALWAYS, Logged.ALWAYS),
  /** The certificate of its handshake was retired. */
  RETIRED(OPERATOR, FINISH, When.AFTER_ROUTE, Logged.ALWAYS),
  /** Closed through the admin API. */
  ADMIN(OPERATOR, FINISH, When.ALWAYS, Logged.ALWAYS),
  /** A fault in Terminator: an exception that no phase expects. */
  INTERNAL(US, RESET, When.ALWAYS, Logged.ALWAYS);

  private enum When {
    BEFORE_ROUTE,
    AFTER_ROUTE,
    ALWAYS
  }

  private enum Logged {
    ALWAYS,
    /** A flood of refused clients must not become a flood of log lines. */
    FROM_ROUTE,
    NEVER
  }

  private final Blame blame;
  private final ClientEnding ending;
  private final When when;
  private final Logged logged;
  private final String label = name().toLowerCase(Locale.ROOT);

  CloseReason(Blame blame, ClientEnding ending, When when, Logged logged) {
    this.blame = blame;
    this.ending = ending;
    this.when = when;
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
   * Whether a connection that ends with this reason in phase {@code reached} had a failed
   * handshake, which is counted.
   */
  public boolean isFailedHandshake(Phase reached) {
    return reached == Phase.HANDSHAKE && this != ACME_CHALLENGE && isLogged(reached);
  }

  /** Whether a connection that ends with this reason in phase {@code reached} is logged. */
  public boolean isLogged(Phase reached) {
    return logged == Logged.ALWAYS
        || (logged == Logged.FROM_ROUTE && reached.compareTo(Phase.ROUTE) >= 0);
  }

  /**
   * Whether connections usually end with this reason {@code routed}, that is after their backend
   * was chosen, or before. Determines which metrics are exported as zero.
   */
  public boolean isExpected(boolean routed) {
    return when == When.ALWAYS || (when == When.AFTER_ROUTE) == routed;
  }

  public String label() {
    return label;
  }
}
