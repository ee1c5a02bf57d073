package io.terminator.tls.ocsp;

/** No staple: the reason as a metric label, and in words for the log. */
final class StapleException extends Exception {
  private static final long serialVersionUID = 1L;

  private final StapleResult result;

  StapleException(StapleResult result, String message) {
    super(message);
    this.result = result;
  }

  StapleResult result() {
    return result;
  }
}
