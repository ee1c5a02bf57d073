package io.terminator.tls.path;

import java.security.cert.CertificateException;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.List;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.NameConstraintValidatorException;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.bouncycastle.asn1.x509.PKIXNameConstraintValidator;
import org.jspecify.annotations.Nullable;

/**
 * A trusted issuer with the constraints in its own certificate: the JDK's validator applies those
 * of the path's certificates, but ignores or rejects those of the anchor. Immutable and
 * thread-safe.
 */
final class Anchor {
  private static final String NAME_CONSTRAINTS = "2.5.29.30";
  private static final String ALTERNATIVE_NAMES = "2.5.29.17";

  private final X509Certificate certificate;
  private final TrustAnchor trusted;
  private final @Nullable PKIXNameConstraintValidator names;

  Anchor(X509Certificate certificate) throws CertificateException {
    this.certificate = certificate;
    this.trusted = new TrustAnchor(certificate, null);
    this.names = names(certificate);
  }

  private static @Nullable PKIXNameConstraintValidator names(X509Certificate certificate)
      throws CertificateException {
    byte[] extension = certificate.getExtensionValue(NAME_CONSTRAINTS);
    if (extension == null) {
      return null;
    }
    try {
      NameConstraints stated =
          NameConstraints.getInstance(ASN1OctetString.getInstance(extension).getOctets());
      PKIXNameConstraintValidator validator = new PKIXNameConstraintValidator();
      GeneralSubtree[] permitted = stated.getPermittedSubtrees();
      if (permitted != null) {
        validator.intersectPermittedSubtree(permitted);
      }
      GeneralSubtree[] excluded = stated.getExcludedSubtrees();
      if (excluded != null) {
        for (GeneralSubtree each : excluded) {
          validator.addExcludedSubtree(each);
        }
      }
      return validator;
    } catch (IllegalArgumentException | IllegalStateException damaged) {
      throw new CertificateException(
          "the name constraints of \""
              + certificate.getSubjectX500Principal()
              + "\" are not readable",
          damaged);
    }
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
      issuers += isSelfIssued(issuer) ? 0 : 1;
    }
    // A negative length means that it is not an authority; the operator trusts it nevertheless.
    if (most >= 0 && issuers > most) {
      return false;
    }
    for (int i = 0; i < path.size(); i++) {
      X509Certificate each = path.get(i);
      if ((i == 0 || !isSelfIssued(each)) && !allows(each)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isSelfIssued(X509Certificate certificate) {
    return certificate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal());
  }

  private boolean allows(X509Certificate each) {
    PKIXNameConstraintValidator limits = names;
    if (limits == null) {
      return true;
    }
    try {
      X500Name subject = X500Name.getInstance(each.getSubjectX500Principal().getEncoded());
      if (subject.size() > 0) {
        limits.checkPermittedDN(subject);
        limits.checkExcludedDN(subject);
      }
      byte[] extension = each.getExtensionValue(ALTERNATIVE_NAMES);
      if (extension != null) {
        for (GeneralName name :
            GeneralNames.getInstance(ASN1OctetString.getInstance(extension).getOctets())
                .getNames()) {
          limits.checkPermitted(name);
          limits.checkExcluded(name);
        }
      }
      return true;
    } catch (NameConstraintValidatorException | IllegalArgumentException refused) {
      return false;
    }
  }
}
