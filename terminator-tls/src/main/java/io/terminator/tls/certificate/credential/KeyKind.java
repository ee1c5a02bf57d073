package io.terminator.tls.certificate.credential;

/** What a certificate's key signs with. A host may have one credential of each kind. */
public enum KeyKind {
  EC,
  RSA
}
