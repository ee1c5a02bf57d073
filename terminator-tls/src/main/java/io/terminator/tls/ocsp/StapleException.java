package io.terminator.tls.ocsp;

/** No staple is available; has the reason as a metric label and as text for the log. */
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
