package io.terminator.tls.certificate.reader;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bouncycastle.asn1.ASN1InputStream;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Certificate;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x509.Time;
import org.bouncycastle.cert.X509CertificateHolder;
import org.jspecify.annotations.Nullable;

/**
 * A certificate with the fields that the checks need, parsed once: 100,000 leaves of one authority
 * share one instance of its certificate. Bouncy Castle parses lazily; the constructor forces
 * parsing, so that damage appears there and not later. Immutable and thread-safe.
 */
final class ParsedCertificate {
  private final byte[] der;
  private final X509CertificateHolder holder;
  private final X500Name subject;
  private final X500Name issuer;
  private final long notBefore;
  private final long notAfter;
  private final boolean isAuthority;
  private final byte @Nullable [] keyId;
  private final byte @Nullable [] issuerKeyId;

  /** {@code der} is not copied. */
  ParsedCertificate(byte[] der) throws IOException {
    this.der = DerFormat.firstObject(der);
    this.holder = new X509CertificateHolder(lazily(this.der));
    this.subject = holder.getSubject();
    this.issuer = holder.getIssuer();
    this.notBefore = seconds(holder.toASN1Structure().getStartDate());
    this.notAfter = seconds(holder.toASN1Structure().getEndDate());
    BasicConstraints constraints =
        extension(Extension.basicConstraints) == null
            ? null
            : BasicConstraints.fromExtensions(holder.getExtensions());
    this.isAuthority = constraints != null && constraints.isCA();
    this.keyId =
        extension(Extension.subjectKeyIdentifier) == null
            ? null
            : SubjectKeyIdentifier.fromExtensions(holder.getExtensions()).getKeyIdentifier();
    this.issuerKeyId =
        extension(Extension.authorityKeyIdentifier) == null
            ? null
            : AuthorityKeyIdentifier.fromExtensions(holder.getExtensions())
                .getKeyIdentifierOctets();
  }

  /** Parts that are not used stay unparsed, which saves half of the work. */
  private static Certificate lazily(byte[] der) throws IOException {
    try (ASN1InputStream in = new ASN1InputStream(der, true)) {
      return Certificate.getInstance(in.readObject());
    }
  }

  /** Converting through {@code Date} would create a calendar and a format for each certificate. */
  private static long seconds(Time time) {
    String text = time.getTime();
    if (text.length() > 14 && text.endsWith("GMT+00:00")) {
      return LocalDateTime.of(
              number(text, 0, 4),
              number(text, 4, 6),
              number(text, 6, 8),
              number(text, 8, 10),
              number(text, 10, 12),
              number(text, 12, 14))
          .toEpochSecond(ZoneOffset.UTC);
    }
    return time.getDate().toInstant().getEpochSecond();
  }

  private static int number(String text, int from, int to) {
    return Integer.parseInt(text, from, to, 10);
  }

  /** Not a copy: callers must not modify it. */
  byte[] der() {
    return der;
  }

  X500Name subject() {
    return subject;
  }

  X500Name issuer() {
    return issuer;
  }

  long notBefore() {
    return notBefore;
  }

  long notAfter() {
    return notAfter;
  }

  /** Whether the certificate may issue certificates, according to its extensions. */
  boolean isAuthority() {
    return isAuthority;
  }

  SubjectPublicKeyInfo publicKey() {
    return holder.getSubjectPublicKeyInfo();
  }

  /** The object identifier of its signature algorithm. */
  String signatureAlgorithm() {
    return holder.getSignatureAlgorithm().getAlgorithm().getId();
  }

  @Nullable Extension extension(ASN1ObjectIdentifier name) {
    return holder.getExtension(name);
  }

  /** In no particular order. */
  List<ASN1ObjectIdentifier> criticalExtensions() {
    List<ASN1ObjectIdentifier> critical = new ArrayList<>();
    for (Object name : holder.getCriticalExtensionOIDs()) {
      critical.add((ASN1ObjectIdentifier) name);
    }
    return critical;
  }

  /**
   * Compares key identifiers if both are present, because comparing names by the RFC's rules is
   * slow.
   */
  boolean isSelfIssued() {
    return keyId != null && issuerKeyId != null
        ? Arrays.equals(keyId, issuerKeyId)
        : subject.equals(issuer);
  }

  /**
   * Whether {@code candidate} issued this certificate. Compares key identifiers if both are
   * present, because verifying 100,000 signatures takes a minute.
   */
  boolean isIssuedBy(ParsedCertificate candidate) {
    if (candidate.keyId != null && issuerKeyId != null) {
      return Arrays.equals(candidate.keyId, issuerKeyId) && candidate.subject.equals(issuer);
    }
    if (!candidate.subject.equals(issuer)) {
      return false;
    }
    try {
      // Uses the JDK: Bouncy Castle's verifiers would pull in most of its provider.
      CertificateFactory factory = CertificateFactory.getInstance("X.509");
      factory
          .generateCertificate(new ByteArrayInputStream(der))
          .verify(
              factory.generateCertificate(new ByteArrayInputStream(candidate.der)).getPublicKey());
      return true;
    } catch (GeneralSecurityException | RuntimeException e) {
      return false;
    }
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ParsedCertificate that && Arrays.equals(der, that.der);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(der);
  }
}
