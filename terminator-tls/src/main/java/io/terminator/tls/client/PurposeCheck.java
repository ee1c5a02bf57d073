package io.terminator.tls.client;

import java.security.cert.CertPathValidatorException;
import java.security.cert.Certificate;
import java.security.cert.CertificateParsingException;
import java.security.cert.PKIXCertPathChecker;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The extended key usage, where there is one, has to name TLS clients (RFC 5280 section 4.2.1.12). One path each. */
final class PurposeCheck extends PKIXCertPathChecker {
  private static final String EXTENSION = "2.5.29.37";
  private static final String ANY = "2.5.29.37.0";
  private static final String CLIENT = "1.3.6.1.5.5.7.3.2";

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
      if (purposes != null && !purposes.contains(CLIENT) && !purposes.contains(ANY)) {
        throw new CertPathValidatorException("a certificate is not for TLS clients");
      }
    } catch (CertificateParsingException damaged) {
      throw new CertPathValidatorException(damaged);
    }
    if (unresolved != null) {
      unresolved.remove(EXTENSION);
    }
  }
}
