package io.terminator.core.phase;

import java.util.Locale;

/** Why a connection ended: one reason each, a closed set; the label is the metric label and the log value. */
public enum CloseReason {
  /** Both directions ended cleanly, the client's first. */
  CLIENT_CLOSED,
  /** Both directions ended cleanly, the backend's first. */
  BACKEND_CLOSED,
  CLIENT_RESET,
  BACKEND_RESET,
  /** The client's FIN came without close_notify. */
  CLIENT_TRUNCATED,
  /** A re-encrypted backend's FIN came without close_notify. */
  BACKEND_TRUNCATED,
  /** A record that cannot be opened, or a message that TLS forbids, after the handshake. */
  CLIENT_PROTOCOL,
  BACKEND_PROTOCOL,
  /** The client left before it said anything: a health probe of a balancer, mostly. */
  PROBE,
  /** A peer that is to send a PROXY header sent something else, or part of one. */
  PROXY_HEADER_INVALID,
  PROXY_HEADER_TIMEOUT,
  CLIENT_HELLO_TIMEOUT,
  HANDSHAKE_TIMEOUT,
  HANDSHAKE_FAILED,
  /** The client left, or was cut, in the middle of the handshake. */
  HANDSHAKE_ABORTED,
  PLAIN_HTTP,
  NO_ROUTE,
  /** No server of the backend may be tried. */
  NO_BACKEND,
  CONNECT_FAILED,
  CONNECT_TIMEOUT,
  /** Every server had as many connections as it may, and the queue was full. */
  QUEUE_FULL,
  /** Every server had as many connections as it may for as long as one waits. */
  QUEUE_TIMEOUT,
  /** No TLS with the server: it broke the rules, left, or shares no version with us. */
  BACKEND_HANDSHAKE_FAILED,
  /** The server's certificate is not one that the backend's settings trust. */
  BACKEND_UNTRUSTED,
  /** Its server was disabled, or failed its checks where such connections are closed. */
  SERVER_DOWN,
  /** The client left while its backend was being dialled. */
  CLIENT_LEFT,
  IDLE,
  HALF_CLOSE_TIMEOUT,
  LIFETIME,
  /** Refused by a connection or rate limit. */
  LIMITED,
  /** Refused because the process has as many connections as it may. */
  CAPACITY,
  /** Refused by an address list. */
  DENIED,
  /** Refused or shed because the worker or its memory is at its mark. */
  OVERLOAD,
  DRAINED,
  /** Closed through the admin API. */
  ADMIN,
  /** Our own fault: an exception that no phase expects. */
  INTERNAL;

  private final String label = name().toLowerCase(Locale.ROOT);

  /** We would not have the client, whoever it is: before the relay that is counted, and not said of each. */
  public boolean isRefusal() {
    return this == LIMITED || this == CAPACITY || this == DENIED || this == OVERLOAD;
  }

  public String label() {
    return label;
  }
}
