package io.terminator.tls.certificate.managed;

import io.terminator.tls.certificate.source.ManagedCertificate;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;

/** A self-signed certificate with a new key on P-256, both as PEM. */
public record SelfSigned(byte[] chainPem, byte[] keyPem) {
  /** RFC 8737 section 6.1. */
  private static final ASN1ObjectIdentifier ACME_IDENTIFIER =
      new ASN1ObjectIdentifier("1.3.6.1.5.5.7.1.31");

  private static final Duration CLOCK_SKEW = Duration.ofDays(1);
  private static final int SERIAL_BITS = 127;

  /**
   * For DNS names and IP addresses, valid until {@code lifetime} from {@code now}. {@code
   * acmeIdentifier} is the digest that answers a TLS-ALPN-01 challenge (RFC 8737 section 3), or
   * null.
   */
  public static SelfSigned make(
      String commonName,
      List<String> names,
      Instant now,
      Duration lifetime,
      byte @Nullable [] acmeIdentifier) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      KeyPair keys = generator.generateKeyPair();
      X500Name subject = new X500Name("CN=" + commonName);
      JcaX509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              subject,
              new BigInteger(SERIAL_BITS, new SecureRandom()).setBit(0),
              Date.from(now.minus(CLOCK_SKEW)),
              Date.from(now.plus(lifetime)),
              subject,
              keys.getPublic());
      builder.addExtension(
          Extension.subjectAlternativeName,
          false,
          new GeneralNames(
              names.stream().map(SelfSigned::generalName).toArray(GeneralName[]::new)));
      if (acmeIdentifier != null) {
        builder.addExtension(ACME_IDENTIFIER, true, new DEROctetString(acmeIdentifier));
      }
      return new SelfSigned(
          pem(
              "CERTIFICATE",
              builder
                  .build(new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate()))
                  .getEncoded()),
          pem("PRIVATE KEY", keys.getPrivate().getEncoded()));
    } catch (GeneralSecurityException | OperatorCreationException | IOException impossible) {
      throw new IllegalStateException("every JDK signs with ECDSA", impossible);
    }
  }

  private static GeneralName generalName(String name) {
    return new GeneralName(
        ManagedCertificate.isAddress(name) ? GeneralName.iPAddress : GeneralName.dNSName, name);
  }

  private static byte[] pem(String label, byte[] der) {
    return ("-----BEGIN "
            + label
            + "-----\n"
            + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
            + "\n-----END "
            + label
            + "-----\n")
        .getBytes(StandardCharsets.US_ASCII);
  }

  /** Without the key. */
  @Override
  public String toString() {
    return "SelfSigned[chain " + chainPem.length + " bytes, key redacted]";
  }
}
