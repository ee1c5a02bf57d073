package io.terminator.tls.certificate.reader;

import io.terminator.core.setting.Quantity;
import io.terminator.tls.certificate.credential.Credential.KeyFacts;
import io.terminator.tls.certificate.credential.CredentialProblem.Kind;
import io.terminator.tls.certificate.credential.KeyKind;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x500.style.IETFUtils;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;

/**
 * Checks the content of a sorted chain: dates, key strength, purpose, and whether it is a published
 * sample.
 */
final class CertificateLint {
  private static final String SAMPLE_ISSUER = "Terminator Sample - not for production";

  /** MD5 and SHA-1 with RSA, DSA and ECDSA. */
  private static final Set<String> BROKEN_SIGNATURES =
      Set.of(
          "1.2.840.113549.1.1.4",
          "1.2.840.113549.1.1.5",
          "1.3.14.3.2.29",
          "1.2.840.10040.4.3",
          "1.2.840.10045.4.1");

  private static final ASN1ObjectIdentifier CT_POISON =
      new ASN1ObjectIdentifier("1.3.6.1.4.1.11129.2.4.3");

  /** Critical extensions that clients process. */
  private static final Set<ASN1ObjectIdentifier> KNOWN_EXTENSIONS =
      Set.of(
          Extension.keyUsage,
          Extension.extendedKeyUsage,
          Extension.basicConstraints,
          Extension.subjectAlternativeName,
          Extension.nameConstraints,
          Extension.certificatePolicies,
          Extension.policyConstraints,
          Extension.policyMappings,
          Extension.inhibitAnyPolicy,
          Extension.cRLDistributionPoints);

  private static final int LEAST_RSA_BITS = 2048;
  private static final int MOST_RSA_BITS = 8192;

  private CertificateLint() {}

  static void dates(List<ParsedCertificate> chain, Instant now, String place, Findings findings) {
    ParsedCertificate leaf = chain.get(0);
    Instant begin = Instant.ofEpochSecond(leaf.notBefore());
    Instant end = Instant.ofEpochSecond(leaf.notAfter());
    if (now.isAfter(end)) {
      findings.add(
          Kind.EXPIRED,
          place,
          "the certificate expired at " + end + ", " + age(end, now) + " ago. Renew it");
    }
    if (now.isBefore(begin)) {
      findings.add(
          Kind.NOT_YET_VALID,
          place,
          "the certificate is valid from "
              + begin
              + " on, in "
              + age(now, begin)
              + ". Wait, or check the clock of this machine");
    }
    for (ParsedCertificate issuer : chain.subList(1, chain.size())) {
      if (now.getEpochSecond() > issuer.notAfter()) {
        findings.add(
            Kind.EXPIRED_ISSUER,
            place,
            "the issuer \""
                + ChainOrder.name(issuer.subject())
                + "\" in the chain expired at "
                + Instant.ofEpochSecond(issuer.notAfter())
                + ". Use the chain that the CA offers now");
      }
    }
  }

  private static String age(Instant from, Instant to) {
    Duration time = Duration.between(from, to);
    return time.toDays() > 1
        ? time.toDays() + " days"
        : Quantity.of(Math.max(1, time.toHours()), "hour");
  }

  static void key(KeyFacts facts, WeakKeys weakKeys, String place, Findings findings) {
    if (facts.kind() != KeyKind.RSA) {
      return;
    }
    if (facts.bits() > MOST_RSA_BITS) {
      findings.add(
          Kind.UNSUPPORTED_KEY,
          place,
          "an RSA key of "
              + facts.bits()
              + " bits. Expected at most "
              + MOST_RSA_BITS
              + "; the TLS library refuses more");
    } else if (facts.bits() < LEAST_RSA_BITS) {
      boolean refused = weakKeys == WeakKeys.REFUSED;
      findings.add(
          refused ? Kind.WEAK_KEY : Kind.WEAK_KEY_ALLOWED,
          place,
          "an RSA key of "
              + facts.bits()
              + " bits can be broken. Expected "
              + LEAST_RSA_BITS
              + " or more, or an ECDSA key");
    }
  }

  static void signatures(List<ParsedCertificate> chain, String place, Findings findings) {
    for (ParsedCertificate certificate : chain) {
      if (!certificate.isSelfIssued()
          && BROKEN_SIGNATURES.contains(certificate.signatureAlgorithm())) {
        findings.add(
            Kind.SHA1_SIGNATURE,
            place,
            "\""
                + ChainOrder.name(certificate.subject())
                + "\" is signed with SHA-1 or MD5; clients refuse it. Request a new one");
      }
    }
  }

  static void purpose(ParsedCertificate leaf, String place, Findings findings) {
    Extension extension = leaf.extension(Extension.extendedKeyUsage);
    ExtendedKeyUsage usage =
        extension == null ? null : ExtendedKeyUsage.getInstance(extension.getParsedValue());
    if (usage != null
        && !usage.hasKeyPurposeId(KeyPurposeId.id_kp_serverAuth)
        && !usage.hasKeyPurposeId(KeyPurposeId.anyExtendedKeyUsage)) {
      findings.add(
          Kind.NOT_FOR_SERVERS,
          place,
          "the certificate is not meant for servers; clients refuse it. Expected the extended key"
              + " usage serverAuth");
    }
  }

  /** Checks the properties for which clients reject a leaf regardless of its names and dates. */
  static void constraints(ParsedCertificate leaf, String place, Findings findings) {
    Extension usage = leaf.extension(Extension.keyUsage);
    if (usage != null
        && !KeyUsage.getInstance(usage.getParsedValue()).hasUsages(KeyUsage.digitalSignature)) {
      findings.add(
          Kind.NOT_FOR_SIGNING,
          place,
          "the key usage does not allow signatures, with which every handshake but RSA key exchange"
              + " proves the key; clients refuse it. Expected the key usage digitalSignature");
    }
    if (leaf.isAuthority()) {
      boolean isSelfSigned = leaf.isSelfIssued();
      findings.add(
          isSelfSigned ? Kind.SELF_SIGNED_AUTHORITY : Kind.AUTHORITY,
          place,
          "the certificate is that of an authority (CA:TRUE); "
              + (isSelfSigned ? "Firefox and some libraries refuse" : "clients refuse")
              + " it as a server's. Expected CA:FALSE");
    }
    for (ASN1ObjectIdentifier name : leaf.criticalExtensions()) {
      if (name.equals(CT_POISON)) {
        findings.add(
            Kind.PRECERTIFICATE,
            place,
            "is a precertificate for the transparency log (RFC 6962), which clients refuse. Use the"
                + " certificate that the authority issued after it");
      } else if (!KNOWN_EXTENSIONS.contains(name)) {
        findings.add(
            Kind.UNKNOWN_EXTENSION,
            place,
            "the extension "
                + name.getId()
                + " is critical and unknown to clients, which therefore refuse the certificate (RFC"
                + " 5280 section 4.2). Request one without it");
      }
    }
  }

  static void sample(ParsedCertificate leaf, String place, Findings findings) {
    for (RDN organization : leaf.issuer().getRDNs(BCStyle.O)) {
      if (IETFUtils.valueToString(organization.getFirst().getValue()).contains(SAMPLE_ISSUER)) {
        findings.add(
            Kind.SAMPLE_CERTIFICATE,
            place,
            "is a sample certificate whose key is public. Replace it before production use");
      }
    }
  }
}
