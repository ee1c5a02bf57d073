package io.terminator.tls.certificate;

/** What to do with an RSA key under 2048 bits. */
public enum WeakKeys {
  REFUSED,
  ALLOWED
}
