package io.terminator.testkit;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.AccessDescription;
import org.bouncycastle.asn1.x509.AuthorityInformationAccess;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.CRLDistPoint;
import org.bouncycastle.asn1.x509.DistributionPoint;
import org.bouncycastle.asn1.x509.DistributionPointName;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** Builds and signs X.509 certificates as {@link TestCa} specifies them. */
final class CertificateMint {

  // RFC 7633: the TLS feature extension; 5 is status_request.
  private static final ASN1ObjectIdentifier TLS_FEATURE =
      new ASN1ObjectIdentifier("1.3.6.1.5.5.7.1.24");
  private static final SecureRandom SERIALS = new SecureRandom();

  private CertificateMint() {}

  static X509Certificate root(
      String organization, KeyPair keyPair, String signature, Validity validity) {
    X500Name name = name(organization, organization + " Root");
    var builder =
        new JcaX509v3CertificateBuilder(
            name, serial(), from(validity), until(validity), name, keyPair.getPublic());
    return minted(
        () -> {
          builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
          addKeyUsage(builder, KeyUsage.keyCertSign | KeyUsage.cRLSign);
          addSubjectKey(builder, keyPair.getPublic());
          return signed(builder, signer(signature, keyPair.getPrivate()));
        });
  }

  static X509Certificate intermediate(
      String organization, PublicKey key, Credential root, Validity validity) {
    X500Name name = name(organization, organization + " Intermediate");
    X509v3CertificateBuilder builder = issuedBy(root, name, key, validity);
    return minted(
        () -> {
          builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
          // It signs OCSP responses too: digitalSignature.
          addKeyUsage(builder, KeyUsage.keyCertSign | KeyUsage.cRLSign | KeyUsage.digitalSignature);
          addSubjectKey(builder, key);
          addAuthorityKey(builder, root.leaf());
          return signed(builder, signer(root));
        });
  }

  static X509Certificate leaf(
      String organization, PublicKey key, Credential issuer, LeafRequest request) {
    X500Name name = name(organization, request.commonName);
    X509v3CertificateBuilder builder = issuedBy(issuer, name, key, request.validity);
    return minted(
        () -> {
          builder.addExtension(
              Extension.basicConstraints, true, new BasicConstraints(request.isAuthority));
          int encipherment = key.getAlgorithm().equals("RSA") ? KeyUsage.keyEncipherment : 0;
          addKeyUsage(
              builder,
              request.cannotSign
                  ? KeyUsage.keyAgreement
                  : KeyUsage.digitalSignature | encipherment);
          builder.addExtension(
              Extension.extendedKeyUsage,
              false,
              new ExtendedKeyUsage(
                  request.forClient
                      ? KeyPurposeId.id_kp_clientAuth
                      : KeyPurposeId.id_kp_serverAuth));
          addSubjectKey(builder, key);
          addAuthorityKey(builder, issuer.leaf());
          addRequested(builder, request);
          String signature = signature(issuer);
          return signed(
              builder,
              signer(
                  request.sha1 ? signature.replaceFirst("SHA\\d+", "SHA1") : signature,
                  issuer.key()));
        });
  }

  /** The default signature algorithm for the key of {@code issuer}. */
  static String signature(Credential issuer) {
    return signature(issuer.key());
  }

  static String signature(PrivateKey key) {
    return switch (key.getAlgorithm()) {
      case "RSA" -> "SHA256withRSA";
      case "EdDSA" -> "Ed25519";
      default -> "SHA256withECDSA";
    };
  }

  static ContentSigner signer(Credential issuer) throws OperatorCreationException {
    return signer(signature(issuer), issuer.key());
  }

  private static void addRequested(X509v3CertificateBuilder builder, LeafRequest request)
      throws CertIOException {
    if (!request.names.isEmpty()) {
      List<GeneralName> names = new ArrayList<>();
      for (String name : request.names) {
        int type = isAddress(name) ? GeneralName.iPAddress : GeneralName.dNSName;
        names.add(new GeneralName(type, name));
      }
      builder.addExtension(
          Extension.subjectAlternativeName,
          false,
          new GeneralNames(names.toArray(GeneralName[]::new)));
    }
    String ocspUrl = request.ocspUrl;
    if (ocspUrl != null) {
      builder.addExtension(
          Extension.authorityInfoAccess,
          false,
          new AuthorityInformationAccess(AccessDescription.id_ad_ocsp, url(ocspUrl)));
    }
    String crlUrl = request.crlUrl;
    if (crlUrl != null) {
      DistributionPointName point = new DistributionPointName(new GeneralNames(url(crlUrl)));
      builder.addExtension(
          Extension.cRLDistributionPoints,
          false,
          new CRLDistPoint(new DistributionPoint[] {new DistributionPoint(point, null, null)}));
    }
    String critical = request.criticalExtension;
    if (critical != null) {
      builder.addExtension(new ASN1ObjectIdentifier(critical), true, DERNull.INSTANCE);
    }
    if (request.mustStaple) {
      ASN1EncodableVector features = new ASN1EncodableVector();
      features.add(new ASN1Integer(5));
      builder.addExtension(TLS_FEATURE, false, new DERSequence(features));
    }
  }

  private static boolean isAddress(String name) {
    return name.indexOf(':') >= 0 || name.matches("[0-9.]+");
  }

  private static GeneralName url(String url) {
    return new GeneralName(GeneralName.uniformResourceIdentifier, url);
  }

  private static X509v3CertificateBuilder issuedBy(
      Credential issuer, X500Name subject, PublicKey key, Validity validity) {
    try {
      return new JcaX509v3CertificateBuilder(
          new JcaX509CertificateHolder(issuer.leaf()).getSubject(),
          serial(),
          from(validity),
          until(validity),
          subject,
          key);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("issuer without an encoding", e);
    }
  }

  private static void addKeyUsage(X509v3CertificateBuilder builder, int bits)
      throws CertIOException {
    builder.addExtension(Extension.keyUsage, true, new KeyUsage(bits));
  }

  private static void addSubjectKey(X509v3CertificateBuilder builder, PublicKey key)
      throws CertIOException, GeneralSecurityException {
    builder.addExtension(
        Extension.subjectKeyIdentifier,
        false,
        new JcaX509ExtensionUtils().createSubjectKeyIdentifier(key));
  }

  private static void addAuthorityKey(X509v3CertificateBuilder builder, X509Certificate issuer)
      throws CertIOException, GeneralSecurityException {
    builder.addExtension(
        Extension.authorityKeyIdentifier,
        false,
        new JcaX509ExtensionUtils().createAuthorityKeyIdentifier(issuer.getPublicKey()));
  }

  private static X500Name name(String organization, String commonName) {
    return new X500NameBuilder(BCStyle.INSTANCE)
        .addRDN(BCStyle.O, organization)
        .addRDN(BCStyle.CN, commonName)
        .build();
  }

  private static BigInteger serial() {
    return new BigInteger(126, SERIALS).setBit(126);
  }

  private static Date from(Validity validity) {
    return Date.from(validity.notBefore());
  }

  private static Date until(Validity validity) {
    return Date.from(validity.notAfter());
  }

  static ContentSigner signer(String signature, PrivateKey key) throws OperatorCreationException {
    return new JcaContentSignerBuilder(signature).build(key);
  }

  private static X509Certificate signed(X509v3CertificateBuilder builder, ContentSigner signer)
      throws GeneralSecurityException {
    return new JcaX509CertificateConverter().getCertificate(builder.build(signer));
  }

  private interface Minting {
    X509Certificate run()
        throws CertIOException, GeneralSecurityException, OperatorCreationException;
  }

  private static X509Certificate minted(Minting minting) {
    try {
      return minting.run();
    } catch (CertIOException | GeneralSecurityException | OperatorCreationException e) {
      throw new IllegalStateException("cannot mint a certificate", e);
    }
  }
}
