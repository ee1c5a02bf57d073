package io.terminator.tls.engine;

/** A certificate, key or setting that BoringSSL refuses; the message says which and never contains key material. */
public final class TlsContextException extends Exception {
  private static final long serialVersionUID = 1L;

  public TlsContextException(String message, Throwable cause) {
    super(message, cause);
  }
}
