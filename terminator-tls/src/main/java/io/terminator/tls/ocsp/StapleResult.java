package io.terminator.tls.ocsp;

import java.util.Locale;

/** The result of a request to a responder: a closed set of metric labels. */
public enum StapleResult {
  GOOD,
  REVOKED,
  UNKNOWN,
  /** Unreachable, timed out, or not an answer to the request. */
  FAILED,
  /** The response has a wrong signer or is out of date. */
  INVALID;

  private final String label = name().toLowerCase(Locale.ROOT);

  public String label() {
    return label;
  }
}
