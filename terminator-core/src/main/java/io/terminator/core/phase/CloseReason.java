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
 * Why a connection ended: one reason each, a closed set. The label is the metric label and the log value. Each reason says who
 * caused it, how the client learns of the end and whether it is logged; nobody else decides that by reason.
 */
public enum CloseReason {
  /** Both directions ended cleanly, the client's first. */
  CLIENT_CLOSED(CLIENT, FINISH, Logged.ALWAYS),
  /** Both directions ended cleanly, the backend's first. */
  BACKEND_CLOSED(BACKEND, FINISH, Logged.ALWAYS),
  CLIENT_RESET(CLIENT, RESET, Logged.ALWAYS),
  BACKEND_RESET(BACKEND, RESET, Logged.ALWAYS),
  /** The client's FIN came without close_notify. */
  CLIENT_TRUNCATED(CLIENT, RESET, Logged.ALWAYS),
  /** A FIN came without close_notify from a backend over TLS. */
  BACKEND_TRUNCATED(BACKEND, RESET, Logged.ALWAYS),
  /** A record that cannot be opened, or a message that TLS forbids, after the handshake. */
  CLIENT_PROTOCOL(CLIENT, LINGER, Logged.ALWAYS),
  BACKEND_PROTOCOL(BACKEND, RESET, Logged.ALWAYS),
  /** The client left before its first byte: mostly a load balancer's health check. */
  PROBE(CLIENT, FINISH, Logged.NEVER),
  /** A trusted proxy sent something other than a PROXY header, or only a part of one. */
  PROXY_HEADER_INVALID(OPERATOR, RESET, Logged.ALWAYS),
  PROXY_HEADER_TIMEOUT(OPERATOR, RESET, Logged.ALWAYS),
  CLIENT_HELLO_TIMEOUT(CLIENT, RESET, Logged.ALWAYS),
  HANDSHAKE_TIMEOUT(CLIENT, RESET, Logged.ALWAYS),
  HANDSHAKE_FAILED(CLIENT, LINGER, Logged.ALWAYS),
  /** The client left, or was cut off, during the handshake. */
  HANDSHAKE_ABORTED(CLIENT, RESET, Logged.ALWAYS),
  PLAIN_HTTP(CLIENT, LINGER, Logged.ALWAYS),
  NO_ROUTE(CLIENT, LINGER, Logged.ALWAYS),
  /** The backend has no server that may be tried. */
  NO_BACKEND(BACKEND, RESET, Logged.ALWAYS),
  CONNECT_FAILED(BACKEND, RESET, Logged.ALWAYS),
  CONNECT_TIMEOUT(BACKEND, RESET, Logged.ALWAYS),
  /** Every server had its maximum of connections and the connect queue was full. */
  QUEUE_FULL(BACKEND, RESET, Logged.ALWAYS),
  /** No server had a free slot for as long as a connection may wait in the queue. */
  QUEUE_TIMEOUT(BACKEND, RESET, Logged.ALWAYS),
  /** No TLS with the server: it broke the rules, left, or shares no version with us. */
  BACKEND_HANDSHAKE_FAILED(BACKEND, RESET, Logged.ALWAYS),
  /** The backend's settings do not trust the server's certificate. */
  BACKEND_UNTRUSTED(BACKEND, RESET, Logged.ALWAYS),
  /** Its server was disabled, or failed its checks where such connections are closed. */
  SERVER_DOWN(BACKEND, RESET, Logged.ALWAYS),
  /** The client left while its backend was being dialled. */
  CLIENT_LEFT(CLIENT, RESET, Logged.ALWAYS),
  IDLE(CLIENT, FINISH, Logged.ALWAYS),
  HALF_CLOSE_TIMEOUT(CLIENT, RESET, Logged.ALWAYS),
  LIFETIME(OPERATOR, FINISH, Logged.ALWAYS),
  /** Refused by a connection or rate limit. */
  LIMITED(CLIENT, RESET, Logged.FROM_ROUTE),
  /** Refused because the process has its maximum of connections. */
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
    /** A flood of clients that are refused before must not become a flood of lines. */
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

  /** Who caused the end, unless the phase that failed knows better. */
  public Blame blame() {
    return blame;
  }

  public ClientEnding ending() {
    return ending;
  }

  /** Whether the backend gets a clean end too; it gets a reset with every other reason, since bytes may be missing. */
  public boolean isClean() {
    return ending == FINISH;
  }

  /** Whether a connection that ends so in phase {@code reached} is logged and its failed handshake counted. */
  public boolean isLogged(Phase reached) {
    return logged == Logged.ALWAYS
        || (logged == Logged.FROM_ROUTE && reached.compareTo(Phase.ROUTE) >= 0);
  }

  public String label() {
    return label;
  }
}
