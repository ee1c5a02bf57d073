package io.terminator.tls.ocsp;

import io.terminator.tls.certificate.credential.Credential;
import java.io.IOException;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.x509.AccessDescription;
import org.bouncycastle.asn1.x509.AuthorityInformationAccess;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.ocsp.BasicOCSPResp;
import org.bouncycastle.cert.ocsp.CertificateID;
import org.bouncycastle.cert.ocsp.CertificateStatus;
import org.bouncycastle.cert.ocsp.OCSPException;
import org.bouncycastle.cert.ocsp.OCSPReqBuilder;
import org.bouncycastle.cert.ocsp.OCSPResp;
import org.bouncycastle.cert.ocsp.RevokedStatus;
import org.bouncycastle.cert.ocsp.SingleResp;
import org.bouncycastle.operator.OperatorCreationException;
import org.jspecify.annotations.Nullable;

/**
 * The OCSP properties of one certificate: whether a staple is required (RFC 7633), the responder,
 * the request, and the validity of a response (RFC 6960 section 3.2). Immutable and thread-safe.
 */
final class OcspQuestion {
  /** The maximum response size in bytes; real ones have 500 bytes, or 3,000 with certificates. */
  static final int MOST = 64 * 1024;

  private static final Duration SKEW = Duration.ofMinutes(5);

  /** The lifetime of a response that does not state one. */
  private static final Duration UNSTATED = Duration.ofHours(12);

  private static final String TLS_FEATURE = "1.3.6.1.5.5.7.1.24";
  private static final int STATUS_REQUEST = 5;

  private final X509CertificateHolder leaf;
  private final @Nullable X509CertificateHolder issuer;
  private final @Nullable URI responder;
  private final boolean isRequired;

  OcspQuestion(X509CertificateHolder leaf, @Nullable X509CertificateHolder issuer) {
    this.leaf = leaf;
    this.issuer = issuer;
    this.responder = responderOf(leaf.getExtensions());
    this.isRequired = isRequiredBy(leaf.getExtensions());
  }

  static OcspQuestion about(Credential credential) throws StapleException {
    try {
      List<byte[]> chain = credential.chain();
      return new OcspQuestion(
          new X509CertificateHolder(chain.get(0)),
          chain.size() > 1 ? new X509CertificateHolder(chain.get(1)) : null);
    } catch (IOException | IllegalArgumentException unreadable) {
      throw new StapleException(
          StapleResult.FAILED, "the extensions of the certificate cannot be read");
    }
  }

  private static @Nullable URI responderOf(@Nullable Extensions extensions) {
    AuthorityInformationAccess access =
        extensions == null ? null : AuthorityInformationAccess.fromExtensions(extensions);
    if (access == null) {
      return null;
    }
    for (AccessDescription each : access.getAccessDescriptions()) {
      GeneralName where = each.getAccessLocation();
      if (AccessDescription.id_ad_ocsp.equals(each.getAccessMethod())
          && where.getTagNo() == GeneralName.uniformResourceIdentifier) {
        URI uri = http(where.getName().toString());
        if (uri != null) {
          return uri;
        }
      }
    }
    return null;
  }

  private static @Nullable URI http(String text) {
    try {
      URI uri = URI.create(text);
      boolean isHttp =
          "http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme());
      return isHttp && uri.getHost() != null ? uri : null;
    } catch (IllegalArgumentException noUri) {
      return null;
    }
  }

  private static boolean isRequiredBy(@Nullable Extensions extensions) {
    if (extensions == null) {
      return false;
    }
    Extension feature =
        extensions.getExtension(new org.bouncycastle.asn1.ASN1ObjectIdentifier(TLS_FEATURE));
    if (feature == null) {
      return false;
    }
    for (ASN1Encodable each : ASN1Sequence.getInstance(feature.getParsedValue())) {
      if (ASN1Integer.getInstance(each).hasValue(STATUS_REQUEST)) {
        return true;
      }
    }
    return false;
  }

  /** Whether clients may refuse this certificate without a staple. */
  boolean isRequired() {
    return isRequired;
  }

  /** Returns null if the certificate names no HTTP responder. */
  @Nullable URI responder() {
    return responder;
  }

  /**
   * Encodes the request. It has no nonce (RFC 5019), so that responders can answer from a cache.
   */
  byte[] request() throws StapleException {
    try {
      return new OCSPReqBuilder().addRequest(id()).build().getEncoded();
    } catch (OCSPException | OperatorCreationException | IOException failure) {
      throw new StapleException(StapleResult.FAILED, "the request cannot be made: " + failure);
    }
  }

  private X509CertificateHolder issuer() throws StapleException {
    if (issuer == null) {
      throw new StapleException(
          StapleResult.FAILED, "its issuer is not in the chain; add the intermediate certificate");
    }
    return issuer;
  }

  private CertificateID id() throws StapleException, OCSPException, OperatorCreationException {
    // SHA-1 as in RFC 5019: it only identifies the certificate and protects nothing.
    return new CertificateID(
        OcspCrypto.digests().get(CertificateID.HASH_SHA1), issuer(), leaf.getSerialNumber());
  }

  /** Verifies the response {@code der} as of {@code now}. */
  Staple judge(byte[] der, Instant now) throws StapleException {
    try {
      OCSPResp response = new OCSPResp(der);
      if (response.getStatus() != OCSPResp.SUCCESSFUL) {
        throw new StapleException(
            StapleResult.FAILED,
            "the responder returned an error (response status " + response.getStatus() + ")");
      }
      if (!(response.getResponseObject() instanceof BasicOCSPResp basic)) {
        throw invalid("the response is of an unknown type");
      }
      checkSignature(basic, now);
      for (SingleResp single : basic.getResponses()) {
        if (isAboutUs(single.getCertID())) {
          return judge(der, single, now);
        }
      }
      throw invalid("the response is for another certificate");
    } catch (IOException
        | OCSPException
        | OperatorCreationException
        | GeneralSecurityException
        | IllegalArgumentException
        | IllegalStateException malformed) {
      throw invalid("the response is malformed");
    }
  }

  private boolean isAboutUs(CertificateID id)
      throws StapleException, OCSPException, OperatorCreationException {
    return id.getSerialNumber().equals(leaf.getSerialNumber())
        && id.matchesIssuer(issuer(), OcspCrypto.digests());
  }

  private static Staple judge(byte[] der, SingleResp single, Instant now) throws StapleException {
    CertificateStatus status = single.getCertStatus();
    if (status instanceof RevokedStatus) {
      throw new StapleException(
          StapleResult.REVOKED, "the certificate is revoked; replace it, with a new key");
    }
    if (status != CertificateStatus.GOOD) {
      throw new StapleException(
          StapleResult.UNKNOWN, "the responder does not know the certificate");
    }
    Instant from = single.getThisUpdate().toInstant();
    Date until = single.getNextUpdate();
    Instant expires = until == null ? from.plus(UNSTATED) : until.toInstant();
    if (from.isAfter(now.plus(SKEW))) {
      throw invalid(
          "the response is dated in the future (" + from + "); check this machine's clock");
    }
    if (!expires.isAfter(now)) {
      throw invalid("the response has expired (" + expires + ")");
    }
    return new Staple(der, from.plus(Duration.between(from, expires).dividedBy(2)), expires);
  }

  /**
   * The signer must be the issuer, or a responder that the issuer has authorised (RFC 6960 section
   * 4.2.2.2).
   */
  private void checkSignature(BasicOCSPResp basic, Instant now)
      throws StapleException, GeneralSecurityException, IOException {
    X509CertificateHolder above = issuer();
    if (isSigned(basic, above)) {
      return;
    }
    boolean isDelegated = false;
    for (X509CertificateHolder signer : basic.getCerts()) {
      isDelegated |=
          mayAnswer(signer, above, now)
              && OcspCrypto.isSigned(
                  signer.toASN1Structure().getTBSCertificate().getEncoded(ASN1Encoding.DER),
                  signer.getSignatureAlgorithm(),
                  signer.getSignature(),
                  above)
              && isSigned(basic, signer);
    }
    if (!isDelegated) {
      throw invalid("the response is not signed by the certificate's issuer or its delegate");
    }
  }

  private static boolean isSigned(BasicOCSPResp basic, X509CertificateHolder signer)
      throws GeneralSecurityException, IOException {
    return OcspCrypto.isSigned(
        basic.getTBSResponseData(), basic.getSignatureAlgorithmID(), basic.getSignature(), signer);
  }

  private static boolean mayAnswer(
      X509CertificateHolder signer, X509CertificateHolder above, Instant now) {
    ExtendedKeyUsage usage =
        signer.getExtensions() == null
            ? null
            : ExtendedKeyUsage.fromExtensions(signer.getExtensions());
    return usage != null
        && Arrays.asList(usage.getUsages()).contains(KeyPurposeId.id_kp_OCSPSigning)
        && signer.getIssuer().equals(above.getSubject())
        && signer.isValidOn(Date.from(now));
  }

  private static StapleException invalid(String message) {
    return new StapleException(StapleResult.INVALID, message);
  }
}
