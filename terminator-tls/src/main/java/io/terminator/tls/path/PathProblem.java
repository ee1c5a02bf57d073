package io.terminator.tls.path;

import java.security.cert.CertPathValidatorException;

/**
 * Why a certificate has no valid path, ordered from the least to the most specific: if several
 * paths were tried, the most specific problem is reported.
 */
public enum PathProblem implements CertPathValidatorException.Reason {
  /** No path leads to a trust anchor. */
  UNTRUSTED,
  /** The certificates allow more paths than the search tries. */
  TOO_MANY_PATHS,
  /** The certificate itself cannot be parsed. */
  UNREADABLE,
  /** More certificates than the search considers. */
  TOO_MANY_CERTIFICATES,
  /**
   * A name constraint, a path length, or a certificate in the path that may not issue certificates.
   */
  CONSTRAINT,
  /** The type or size of a key, or a weak algorithm. */
  KEY,
  /** An unknown critical extension (RFC 5280 section 4.2). */
  EXTENSION,
  /** A key usage without the required bit (RFC 5280 section 4.2.1.3). */
  KEY_USAGE,
  /** An extended key usage without the required purpose (RFC 5280 section 4.2.1.12). */
  PURPOSE,
  EXPIRED,
  REVOKED
}
