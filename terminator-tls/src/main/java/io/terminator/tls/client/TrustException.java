package io.terminator.tls.client;

/** A file of issuers or CRLs is unusable; the message follows the file's name. */
final class TrustException extends Exception {
  private static final long serialVersionUID = 1;

  TrustException(String message) {
    super(message);
  }
}
