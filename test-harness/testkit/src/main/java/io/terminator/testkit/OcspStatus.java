package io.terminator.testkit;

/** The status of a certificate in an OCSP response. */
public enum OcspStatus {
  GOOD,
  REVOKED,
  UNKNOWN
}
