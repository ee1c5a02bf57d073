package io.terminator.tls.backend;

/** Files of a backend's TLS settings that cannot be used; the message says which and how to mend it. */
public final class BackendTlsException extends Exception {
  private static final long serialVersionUID = 1L;

  public BackendTlsException(String message) {
    super(message);
  }

  public BackendTlsException(String message, Throwable cause) {
    super(message, cause);
  }
}
