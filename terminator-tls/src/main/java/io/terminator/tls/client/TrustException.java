package io.terminator.tls.client;

/** A file of issuers or revocation lists that cannot be used; the message goes behind the file's name. */
final class TrustException extends Exception {
  private static final long serialVersionUID = 1;

  TrustException(String message) {
    super(message);
  }
}
