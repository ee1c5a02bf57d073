package io.terminator.tls.client;

import java.io.IOException;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAPublicKey;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.Certificate;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;

/**
 * The keys of clients and intermediates that are used to verify. The JDK parses keys on other
 * curves (P-224, secp256k1, Brainpool), but cannot verify with them.
 */
final class AcceptedKeys {
  /** Larger keys, and exponents without a practical use, cost a worker too much time. */
  static final int MOST_RSA_BITS = 8192;

  /** The same limit as in BoringSSL; 65537 has 17 bits. */
  private static final int MOST_RSA_EXPONENT_BITS = 33;

  private static final Set<ASN1Encodable> CURVES =
      Set.of(
          SECObjectIdentifiers.secp256r1,
          SECObjectIdentifiers.secp384r1,
          SECObjectIdentifiers.secp521r1);

  private AcceptedKeys() {}

  static boolean include(PublicKey key) {
    return !(key instanceof RSAPublicKey rsa)
        || rsa.getModulus().bitLength() <= MOST_RSA_BITS
            && rsa.getPublicExponent().bitLength() <= MOST_RSA_EXPONENT_BITS;
  }

  /** Whether {@code der} is a certificate with a key on a curve that is not accepted. */
  static boolean hasOtherCurve(byte[] der) {
    try {
      return hasOtherCurve(Certificate.getInstance(der));
    } catch (IllegalArgumentException | IllegalStateException damaged) {
      return false;
    }
  }

  private static boolean hasOtherCurve(Certificate certificate) {
    AlgorithmIdentifier key = certificate.getSubjectPublicKeyInfo().getAlgorithm();
    return key.getAlgorithm().equals(X9ObjectIdentifiers.id_ecPublicKey)
        && !CURVES.contains(key.getParameters());
  }

  /**
   * Whether a certificate in {@code skipped}, which holds those whose keys are not accepted, bears
   * the name of an issuer of another one.
   */
  static boolean lackAnIssuer(
      X509Certificate leaf, List<X509Certificate> others, List<byte[]> skipped) {
    Set<X500Principal> issuers = new HashSet<>();
    issuers.add(leaf.getIssuerX500Principal());
    others.forEach(each -> issuers.add(each.getIssuerX500Principal()));
    List<X500Principal> subjects = new ArrayList<>();
    try {
      for (byte[] each : skipped) {
        Certificate certificate = Certificate.getInstance(each);
        subjects.add(new X500Principal(certificate.getSubject().getEncoded()));
      }
    } catch (IOException | IllegalArgumentException | IllegalStateException damaged) {
      return false;
    }
    return subjects.stream().anyMatch(issuers::contains);
  }
}
