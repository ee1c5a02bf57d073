package io.terminator.tls.ocsp;

import java.util.Locale;

/** What asking a responder led to; a closed set, the metric's labels. */
public enum StapleResult {
  GOOD,
  REVOKED,
  UNKNOWN,
  /** Not reached, not in time, or no answer to the question. */
  FAILED,
  /** An answer that is not signed by whom it should be, or out of date. */
  INVALID;

  private final String label = name().toLowerCase(Locale.ROOT);

  public String label() {
    return label;
  }
}
