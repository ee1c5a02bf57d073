package io.terminator.testkit;

import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.CRLNumber;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.bouncycastle.cert.X509CRLHolder;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CRLConverter;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;

/**
 * Certificates with any issuer, subject, key and extensions, to test verification. Not thread safe.
 */
public final class CertificateForge {
  private static final SecureRandom SERIALS = new SecureRandom();

  private final X500Name subject;
  private final KeyPair key;
  private X500Name issuer;
  private KeyPair signer;
  private Validity validity = Validity.of(Duration.ofDays(30));
  private final X509v3Extensions extensions = new X509v3Extensions();

  /** The extensions, in the order in which they were requested. */
  private static final class X509v3Extensions {
    private final ArrayList<Extension> all = new ArrayList<>();

    void add(ASN1ObjectIdentifier oid, boolean critical, ASN1Encodable value) {
      try {
        all.add(new Extension(oid, critical, value.toASN1Primitive().getEncoded("DER")));
      } catch (IOException e) {
        throw new IllegalStateException("cannot encode an extension", e);
      }
    }
  }

  private CertificateForge(X500Name subject, KeyPair key) {
    this.subject = subject;
    this.key = key;
    this.issuer = subject;
    this.signer = key;
  }

  /** A new ECDSA key; self-signed until {@link #signedBy}. */
  public static CertificateForge of(String commonName) {
    return of(commonName, KeyAlgorithm.ECDSA_P256.generate());
  }

  public static CertificateForge of(String commonName, KeyPair key) {
    return new CertificateForge(new X500Name("CN=" + commonName), key);
  }

  /** With a subject of any string types. */
  public static CertificateForge of(X500Name subject, KeyPair key) {
    return new CertificateForge(subject, key);
  }

  /** Issued with the issuer's name and key. */
  public CertificateForge signedBy(Forged other) {
    return signedBy(other.name(), other.key());
  }

  public CertificateForge signedBy(X500Name name, KeyPair key) {
    issuer = name;
    signer = key;
    return this;
  }

  public CertificateForge validity(Validity chosen) {
    validity = chosen;
    return this;
  }

  /** May issue. */
  public CertificateForge authority() {
    extensions.add(Extension.basicConstraints, true, new BasicConstraints(true));
    return this;
  }

  /** An authority with this path length constraint. */
  public CertificateForge authority(int length) {
    extensions.add(Extension.basicConstraints, true, new BasicConstraints(length));
    return this;
  }

  public CertificateForge names(String... dnsNames) {
    GeneralName[] names = new GeneralName[dnsNames.length];
    for (int i = 0; i < names.length; i++) {
      names[i] = new GeneralName(GeneralName.dNSName, dnsNames[i]);
    }
    extensions.add(Extension.subjectAlternativeName, false, new GeneralNames(names));
    return this;
  }

  /** Issues for this DNS domain alone. */
  public CertificateForge permitting(String domain) {
    extensions.add(
        Extension.nameConstraints,
        true,
        new NameConstraints(
            new GeneralSubtree[] {new GeneralSubtree(new GeneralName(GeneralName.dNSName, domain))},
            null));
    return this;
  }

  /** {@code bits} as in {@link KeyUsage}. */
  public CertificateForge keyUsage(int bits) {
    extensions.add(Extension.keyUsage, true, new KeyUsage(bits));
    return this;
  }

  public CertificateForge forServers() {
    return purpose(KeyPurposeId.id_kp_serverAuth);
  }

  public CertificateForge forClients() {
    return purpose(KeyPurposeId.id_kp_clientAuth);
  }

  public CertificateForge forOcsp() {
    return purpose(KeyPurposeId.id_kp_OCSPSigning);
  }

  private CertificateForge purpose(KeyPurposeId id) {
    extensions.add(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(id));
    return this;
  }

  /** Adds an unknown extension of {@code size} bytes. */
  public CertificateForge unknownExtension(boolean critical, int size) {
    extensions.add(
        new ASN1ObjectIdentifier("1.3.6.1.4.1.55555.1"),
        critical,
        new DEROctetString(new byte[size]));
    return this;
  }

  public CertificateForge extension(
      ASN1ObjectIdentifier oid, boolean critical, ASN1Encodable value) {
    extensions.add(oid, critical, value);
    return this;
  }

  public Forged forge() {
    try {
      X509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              issuer,
              new BigInteger(126, SERIALS).setBit(126),
              Date.from(validity.notBefore()),
              Date.from(validity.notAfter()),
              subject,
              key.getPublic());
      for (Extension each : extensions.all) {
        builder.addExtension(each);
      }
      X509Certificate certificate =
          new JcaX509CertificateConverter()
              .getCertificate(
                  builder.build(
                      CertificateMint.signer(
                          CertificateMint.signature(signer.getPrivate()), signer.getPrivate())));
      return new Forged(certificate, key, subject);
    } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
      throw new IllegalStateException("cannot forge a certificate", e);
    }
  }

  /** Entries and extensions of a revocation list. */
  public interface ListContent {
    void addTo(X509v2CRLBuilder builder) throws IOException;
  }

  /** A certificate with its key, and with its name exactly as requested. */
  public record Forged(X509Certificate certificate, KeyPair key, X500Name name) {

    /** With {@code issuers} as given, valid or not. */
    public Credential with(Forged... issuers) {
      List<X509Certificate> chain = new ArrayList<>();
      chain.add(certificate);
      for (Forged each : issuers) {
        chain.add(each.certificate());
      }
      return new Credential(key.getPrivate(), chain);
    }

    public String pem() {
      return Pem.certificates(List.of(certificate));
    }

    /** A revocation list of this issuer. */
    public X509CRL list(int number, Instant from, X509Certificate... revoked) {
      try {
        X509v2CRLBuilder builder = new X509v2CRLBuilder(name, Date.from(from));
        builder.setNextUpdate(Date.from(from.plus(Duration.ofDays(7))));
        builder.addExtension(Extension.cRLNumber, false, new CRLNumber(BigInteger.valueOf(number)));
        for (X509Certificate each : revoked) {
          builder.addCRLEntry(each.getSerialNumber(), Date.from(from), 1);
        }
        return new JcaX509CRLConverter().getCRL(signed(builder));
      } catch (GeneralSecurityException | IOException e) {
        throw new IllegalStateException("cannot forge a list", e);
      }
    }

    /**
     * A delta list of the changes since list {@code base}; {@code reason} 8 removes the certificate
     * from the list.
     */
    public X509CRL delta(int number, int base, Instant from, int reason, X509Certificate changed) {
      try {
        X509v2CRLBuilder builder = new X509v2CRLBuilder(name, Date.from(from));
        builder.setNextUpdate(Date.from(from.plus(Duration.ofDays(7))));
        builder.addExtension(Extension.cRLNumber, false, new CRLNumber(BigInteger.valueOf(number)));
        builder.addExtension(
            Extension.deltaCRLIndicator, true, new CRLNumber(BigInteger.valueOf(base)));
        builder.addCRLEntry(changed.getSerialNumber(), Date.from(from), reason);
        return new JcaX509CRLConverter().getCRL(signed(builder));
      } catch (GeneralSecurityException | IOException e) {
        throw new IllegalStateException("cannot forge a list", e);
      }
    }

    /** A revocation list of this issuer with whatever {@code content} adds to it. */
    public X509CRL list(Instant from, ListContent content) {
      try {
        X509v2CRLBuilder builder = new X509v2CRLBuilder(name, Date.from(from));
        builder.setNextUpdate(Date.from(from.plus(Duration.ofDays(7))));
        content.addTo(builder);
        return new JcaX509CRLConverter().getCRL(signed(builder));
      } catch (GeneralSecurityException | IOException e) {
        throw new IllegalStateException("cannot forge a list", e);
      }
    }

    /** A revocation list with the serial numbers 2^64 to 2^64 + {@code count}, and {@code last}. */
    public byte[] largeList(Instant from, int count, X509Certificate last) {
      return LargeRevocationList.encoded(this, from, count, last.getSerialNumber());
    }

    private X509CRLHolder signed(X509v2CRLBuilder builder) {
      try {
        return builder.build(
            CertificateMint.signer(CertificateMint.signature(key.getPrivate()), key.getPrivate()));
      } catch (OperatorCreationException e) {
        throw new IllegalStateException("cannot sign a list", e);
      }
    }
  }
}
