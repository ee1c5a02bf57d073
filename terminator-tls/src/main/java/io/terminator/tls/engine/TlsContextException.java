package io.terminator.tls.engine;

/**
 * BoringSSL rejected a certificate, key or setting; the message names it and never contains key
 * material.
 */
public final class TlsContextException extends Exception {
  private static final long serialVersionUID = 1L;

  public TlsContextException(String message, Throwable cause) {
    super(message, cause);
  }
}
