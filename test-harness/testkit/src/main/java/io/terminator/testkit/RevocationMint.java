package io.terminator.testkit;

import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.ocsp.OCSPObjectIdentifiers;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CRLConverter;
import org.bouncycastle.cert.jcajce.JcaX509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509v2CRLBuilder;
import org.bouncycastle.cert.ocsp.BasicOCSPRespBuilder;
import org.bouncycastle.cert.ocsp.CertificateID;
import org.bouncycastle.cert.ocsp.CertificateStatus;
import org.bouncycastle.cert.ocsp.OCSPException;
import org.bouncycastle.cert.ocsp.OCSPRespBuilder;
import org.bouncycastle.cert.ocsp.RevokedStatus;
import org.bouncycastle.cert.ocsp.UnknownStatus;
import org.bouncycastle.cert.ocsp.jcajce.JcaBasicOCSPRespBuilder;
import org.bouncycastle.operator.DigestCalculator;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.jspecify.annotations.Nullable;

/** Signs revocation lists and OCSP responses with an issuer's own key. */
final class RevocationMint {

  private RevocationMint() {}

  static X509CRL crl(Credential issuer, Validity validity, List<X509Certificate> revoked) {
    return minted(
        () -> {
          var builder =
              new JcaX509v2CRLBuilder(issuer.leaf(), Date.from(validity.notBefore()))
                  .setNextUpdate(Date.from(validity.notAfter()));
          for (X509Certificate certificate : revoked) {
            builder.addCRLEntry(
                certificate.getSerialNumber(),
                Date.from(validity.notBefore()),
                CRLReason.keyCompromise);
          }
          return new JcaX509CRLConverter().getCRL(builder.build(CertificateMint.signer(issuer)));
        });
  }

  /**
   * A response about one certificate of {@code issuer}; repeats {@code nonce} if it is not null.
   */
  static byte[] ocspResponse(
      Credential issuer,
      CertificateID certificate,
      OcspStatus status,
      Validity validity,
      @Nullable Extension nonce) {
    return minted(
        () -> {
          BasicOCSPRespBuilder builder =
              new JcaBasicOCSPRespBuilder(issuer.leaf().getPublicKey(), sha1());
          builder.addResponse(
              certificate,
              spoken(status, validity),
              Date.from(validity.notBefore()),
              Date.from(validity.notAfter()));
          if (nonce != null) {
            builder.setResponseExtensions(new Extensions(nonce));
          }
          var signed =
              builder.build(
                  CertificateMint.signer(issuer),
                  new X509CertificateHolder[0],
                  Date.from(validity.notBefore()));
          return new OCSPRespBuilder().build(OCSPRespBuilder.SUCCESSFUL, signed).getEncoded();
        });
  }

  /** The OCSP identifier of a certificate of {@code issuer}. */
  static CertificateID id(Credential issuer, BigInteger serial) {
    return minted(
        () -> new CertificateID(sha1(), new JcaX509CertificateHolder(issuer.leaf()), serial));
  }

  /** Whether {@code id} identifies a certificate of {@code issuer}, with any hash algorithm. */
  static boolean isIssuedBy(CertificateID id, Credential issuer) {
    return minted(
        () ->
            id.matchesIssuer(
                new JcaX509CertificateHolder(issuer.leaf()),
                new JcaDigestCalculatorProviderBuilder().build()));
  }

  /** A response without a status, such as {@code OCSPRespBuilder.TRY_LATER}. */
  static byte[] ocspFailure(int status) {
    return minted(() -> new OCSPRespBuilder().build(status, null).getEncoded());
  }

  /** Whether this is the nonce of a request, which a response repeats. */
  static boolean isNonce(Extension extension) {
    return extension.getExtnId().equals(OCSPObjectIdentifiers.id_pkix_ocsp_nonce);
  }

  /** The library says "good" by null. */
  private static @Nullable CertificateStatus spoken(OcspStatus status, Validity validity) {
    return switch (status) {
      case GOOD -> CertificateStatus.GOOD;
      case REVOKED -> new RevokedStatus(Date.from(validity.notBefore()), CRLReason.keyCompromise);
      case UNKNOWN -> new UnknownStatus();
    };
  }

  private static DigestCalculator sha1() throws OperatorCreationException {
    // Clients of RFC 6960 name certificates by SHA-1; it identifies here and protects nothing.
    return new JcaDigestCalculatorProviderBuilder().build().get(CertificateID.HASH_SHA1);
  }

  private interface Minting<T> {
    T run() throws GeneralSecurityException, OperatorCreationException, OCSPException, IOException;
  }

  private static <T> T minted(Minting<T> minting) {
    try {
      return minting.run();
    } catch (GeneralSecurityException | OperatorCreationException | OCSPException | IOException e) {
      throw new IllegalStateException("cannot mint a statement of revocation", e);
    }
  }
}
