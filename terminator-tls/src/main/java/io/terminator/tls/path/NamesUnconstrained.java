package io.terminator.tls.path;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.security.NoSuchProviderException;
import java.security.Principal;
import java.security.Provider;
import java.security.PublicKey;
import java.security.SignatureException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Date;
import java.util.List;
import java.util.Set;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.ASN1TaggedObject;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERTaggedObject;
import org.jspecify.annotations.Nullable;

/**
 * A certificate as the JDK's path validator should see it: without its name constraints, which
 * {@link NameSubtrees} checks, and which the validator cannot be told to leave alone. The content
 * is that of a stripped copy, the signature that of the original. Immutable.
 */
final class NamesUnconstrained extends X509Certificate {
  private static final long serialVersionUID = 1;
  private static final ASN1ObjectIdentifier NAME_CONSTRAINTS =
      new ASN1ObjectIdentifier(NameSubtrees.OID);
  private static final int EXTENSIONS = 3;

  private final transient X509Certificate signed;
  private final transient X509Certificate stripped;

  private NamesUnconstrained(X509Certificate signed, X509Certificate stripped) {
    this.signed = signed;
    this.stripped = stripped;
  }

  /** Returns {@code certificate} itself if it has no name constraints. */
  static X509Certificate of(X509Certificate certificate) throws CertificateException {
    if (certificate.getExtensionValue(NameSubtrees.OID) == null) {
      return certificate;
    }
    try {
      byte[] der = stripped(certificate.getEncoded());
      return new NamesUnconstrained(
          certificate,
          (X509Certificate)
              CertificateFactory.getInstance("X.509")
                  .generateCertificate(new ByteArrayInputStream(der)));
    } catch (IOException | IllegalArgumentException | IllegalStateException damaged) {
      throw new CertificateException("the certificate cannot be parsed", damaged);
    }
  }

  private static byte[] stripped(byte[] der) throws IOException {
    ASN1Sequence whole = ASN1Sequence.getInstance(der);
    ASN1EncodableVector content = new ASN1EncodableVector();
    for (ASN1Encodable field : ASN1Sequence.getInstance(whole.getObjectAt(0))) {
      if (field instanceof ASN1TaggedObject tagged && tagged.hasContextTag(EXTENSIONS)) {
        ASN1EncodableVector extensions = new ASN1EncodableVector();
        for (ASN1Encodable each : ASN1Sequence.getInstance(tagged, true)) {
          if (!NAME_CONSTRAINTS.equals(ASN1Sequence.getInstance(each).getObjectAt(0))) {
            extensions.add(each);
          }
        }
        if (extensions.size() > 0) {
          content.add(new DERTaggedObject(true, EXTENSIONS, new DERSequence(extensions)));
        }
      } else {
        content.add(field);
      }
    }
    return new DERSequence(
            new ASN1Encodable[] {
              new DERSequence(content), whole.getObjectAt(1), whole.getObjectAt(2)
            })
        .getEncoded("DER");
  }

  @Override
  public void verify(PublicKey key)
      throws CertificateException,
          NoSuchAlgorithmException,
          InvalidKeyException,
          NoSuchProviderException,
          SignatureException {
    signed.verify(key);
  }

  @Override
  public void verify(PublicKey key, String provider)
      throws CertificateException,
          NoSuchAlgorithmException,
          InvalidKeyException,
          NoSuchProviderException,
          SignatureException {
    signed.verify(key, provider);
  }

  @Override
  public void verify(PublicKey key, @Nullable Provider provider)
      throws CertificateException,
          NoSuchAlgorithmException,
          InvalidKeyException,
          SignatureException {
    signed.verify(key, provider);
  }

  @Override
  public void checkValidity() throws CertificateExpiredException, CertificateNotYetValidException {
    stripped.checkValidity();
  }

  @Override
  public void checkValidity(Date date)
      throws CertificateExpiredException, CertificateNotYetValidException {
    stripped.checkValidity(date);
  }

  @Override
  public int getVersion() {
    return stripped.getVersion();
  }

  @Override
  public BigInteger getSerialNumber() {
    return stripped.getSerialNumber();
  }

  @Override
  public X500Principal getIssuerX500Principal() {
    return stripped.getIssuerX500Principal();
  }

  @Override
  public X500Principal getSubjectX500Principal() {
    return stripped.getSubjectX500Principal();
  }

  @Override
  public Date getNotBefore() {
    return stripped.getNotBefore();
  }

  @Override
  public Date getNotAfter() {
    return stripped.getNotAfter();
  }

  @Override
  public byte[] getSignature() {
    return stripped.getSignature();
  }

  @Override
  public String getSigAlgName() {
    return stripped.getSigAlgName();
  }

  @Override
  public String getSigAlgOID() {
    return stripped.getSigAlgOID();
  }

  @Override
  public byte @Nullable [] getSigAlgParams() {
    return stripped.getSigAlgParams();
  }

  @Override
  public boolean @Nullable [] getIssuerUniqueID() {
    return stripped.getIssuerUniqueID();
  }

  @Override
  public boolean @Nullable [] getSubjectUniqueID() {
    return stripped.getSubjectUniqueID();
  }

  @Override
  public boolean @Nullable [] getKeyUsage() {
    return stripped.getKeyUsage();
  }

  @Override
  public @Nullable List<String> getExtendedKeyUsage() throws CertificateParsingException {
    return stripped.getExtendedKeyUsage();
  }

  @Override
  public int getBasicConstraints() {
    return stripped.getBasicConstraints();
  }

  @Override
  public PublicKey getPublicKey() {
    return stripped.getPublicKey();
  }

  @Override
  public @Nullable Set<String> getCriticalExtensionOIDs() {
    return stripped.getCriticalExtensionOIDs();
  }

  @Override
  public @Nullable Set<String> getNonCriticalExtensionOIDs() {
    return stripped.getNonCriticalExtensionOIDs();
  }

  @Override
  public boolean hasUnsupportedCriticalExtension() {
    return stripped.hasUnsupportedCriticalExtension();
  }

  @Override
  public String toString() {
    return stripped.toString();
  }

  @Override
  public byte[] getEncoded() throws CertificateEncodingException {
    return stripped.getEncoded();
  }

  @Override
  public byte[] getTBSCertificate() throws CertificateEncodingException {
    return stripped.getTBSCertificate();
  }

  @Override
  public byte @Nullable [] getExtensionValue(String oid) {
    return stripped.getExtensionValue(oid);
  }

  @Override
  @SuppressWarnings("deprecation")
  public Principal getIssuerDN() {
    return stripped.getIssuerDN();
  }

  @Override
  @SuppressWarnings("deprecation")
  public Principal getSubjectDN() {
    return stripped.getSubjectDN();
  }
}
