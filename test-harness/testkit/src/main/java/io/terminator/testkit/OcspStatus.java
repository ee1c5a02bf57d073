package io.terminator.testkit;

/** What an OCSP responder says about a certificate. */
public enum OcspStatus {
  GOOD,
  REVOKED,
  UNKNOWN
}
