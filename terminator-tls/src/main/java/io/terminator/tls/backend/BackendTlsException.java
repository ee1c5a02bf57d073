package io.terminator.tls.backend;

/** The files of a backend's TLS settings are unusable; the message names the file and the fix. */
public final class BackendTlsException extends Exception {
  private static final long serialVersionUID = 1L;

  public BackendTlsException(String message) {
    super(message);
  }

  public BackendTlsException(String message, Throwable cause) {
    super(message, cause);
  }
}
