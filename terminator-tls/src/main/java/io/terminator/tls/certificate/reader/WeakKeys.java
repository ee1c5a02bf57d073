package io.terminator.tls.certificate.reader;

/** What to do with an RSA key under 2048 bits. */
public enum WeakKeys {
  REFUSED,
  ALLOWED
}
