package io.terminator.tls.path;

import java.security.cert.CertPathValidatorException;
import java.security.cert.Certificate;
import java.security.cert.CertificateParsingException;
import java.security.cert.PKIXCertPathChecker;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Requires that the extended key usage of every certificate that has one includes the purpose (RFC
 * 5280 section 4.2.1.12), and that the key usage of the first allows signing handshakes (section
 * 4.2.1.3). One instance per path.
 */
final class PurposeCheck extends PKIXCertPathChecker {
  private static final String EXTENSION = "2.5.29.37";
  private static final String ANY = "2.5.29.37.0";
  private static final int DIGITAL_SIGNATURE = 0;

  private final X509Certificate leaf;
  private final Purpose purpose;

  PurposeCheck(X509Certificate leaf, Purpose purpose) {
    this.leaf = leaf;
    this.purpose = purpose;
  }

  @Override
  public void init(boolean forward) {}

  @Override
  public boolean isForwardCheckingSupported() {
    return true;
  }

  @Override
  public Set<String> getSupportedExtensions() {
    return Set.of(EXTENSION);
  }

  @Override
  public void check(Certificate certificate, @Nullable Collection<String> unresolved)
      throws CertPathValidatorException {
    try {
      List<String> purposes = ((X509Certificate) certificate).getExtendedKeyUsage();
      if (purposes != null && !purposes.contains(purpose.oid()) && !purposes.contains(ANY)) {
        throw problem("extended key usage", PathProblem.PURPOSE);
      }
    } catch (CertificateParsingException damaged) {
      throw new CertPathValidatorException(damaged);
    }
    if (certificate == leaf) {
      boolean[] usage = leaf.getKeyUsage();
      // RSA key transport, the only use without a signature, is never offered.
      if (usage != null && !usage[DIGITAL_SIGNATURE]) {
        throw problem("key usage", PathProblem.KEY_USAGE);
      }
    }
    if (unresolved != null) {
      unresolved.remove(EXTENSION);
    }
  }

  private static CertPathValidatorException problem(String what, PathProblem problem) {
    return new CertPathValidatorException(what, null, null, -1, problem);
  }
}
