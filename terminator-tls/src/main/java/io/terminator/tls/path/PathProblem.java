package io.terminator.tls.path;

import java.security.cert.CertPathValidatorException;

/**
 * Why a certificate has no valid path. From the least telling to the most: of several paths that were tried the most
 * telling problem is reported.
 */
public enum PathProblem implements CertPathValidatorException.Reason {
  /** No path leads to a trust anchor. */
  UNTRUSTED,
  /** The certificates allow more paths than are tried. */
  TOO_MANY_PATHS,
  /** The certificate itself cannot be parsed. */
  UNREADABLE,
  /** More certificates than are looked at. */
  TOO_MANY_CERTIFICATES,
  /** A name constraint, a path length or a certificate of the path that may not issue. */
  CONSTRAINT,
  /** The type or the size of a key, or an algorithm that is too weak. */
  KEY,
  /** A critical extension that is not known (RFC 5280 section 4.2). */
  EXTENSION,
  /** A key usage without the bit that is needed (RFC 5280 section 4.2.1.3). */
  KEY_USAGE,
  /** An extended key usage without the purpose that is needed (RFC 5280 section 4.2.1.12). */
  PURPOSE,
  EXPIRED,
  REVOKED
}
