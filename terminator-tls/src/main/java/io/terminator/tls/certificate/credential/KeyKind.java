package io.terminator.tls.certificate.credential;

/** The signature algorithm of a certificate's key. A host may have one credential of each kind. */
public enum KeyKind {
  EC,
  RSA
}
