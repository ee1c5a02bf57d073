package io.terminator.tls.path;

import java.security.cert.CertificateException;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A trusted issuer with the constraints in its own certificate: the JDK's validator applies those
 * of the path's certificates, but ignores or rejects those of the anchor. Immutable and
 * thread-safe.
 */
final class Anchor {
  private final X509Certificate certificate;
  private final TrustAnchor trusted;
  private final @Nullable NameSubtrees names;

  Anchor(X509Certificate certificate) throws CertificateException {
    this.certificate = certificate;
    this.trusted = new TrustAnchor(certificate, null);
    this.names = NameSubtrees.of(certificate);
  }

  X509Certificate certificate() {
    return certificate;
  }

  TrustAnchor trusted() {
    return trusted;
  }

  boolean isConstrained() {
    int length = certificate.getBasicConstraints();
    return names != null || length >= 0 && length != Integer.MAX_VALUE;
  }

  /** Whether the constraints of this issuer's certificate allow {@code path}, leaf first. */
  boolean allows(List<X509Certificate> path) {
    int most = certificate.getBasicConstraints();
    int issuers = 0;
    for (X509Certificate issuer : path.subList(1, path.size())) {
      issuers += NameSubtrees.isSelfIssued(issuer) ? 0 : 1;
    }
    // A negative length means that it is not an authority; the operator trusts it nevertheless.
    if (most >= 0 && issuers > most) {
      return false;
    }
    return names == null || names.allow(path);
  }
}
