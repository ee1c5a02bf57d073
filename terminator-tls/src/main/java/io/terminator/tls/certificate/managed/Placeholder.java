package io.terminator.tls.certificate.managed;

import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.reader.CredentialLoader;
import io.terminator.tls.certificate.reader.Loaded;
import io.terminator.tls.certificate.source.ManagedCertificate;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** Self-signed certificates that serve before the first one is issued; only in memory. */
final class Placeholder {
  private static final Duration LIFETIME = Duration.ofDays(397);
  private static final Duration CLOCK_SKEW = Duration.ofDays(1);
  private static final int SERIAL_BITS = 127;
  private static final Path SOURCE = Path.of("acme-placeholder");

  private Placeholder() {}

  static Credential of(ManagedCertificate certificate, CredentialLoader loader, Instant now) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      KeyPair keys = generator.generateKeyPair();
      X500Name subject = new X500Name("CN=not issued yet");
      JcaX509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              subject,
              new BigInteger(SERIAL_BITS, new SecureRandom()).setBit(0),
              Date.from(now.minus(CLOCK_SKEW)),
              Date.from(now.plus(LIFETIME)),
              subject,
              keys.getPublic());
      builder.addExtension(
          Extension.subjectAlternativeName,
          false,
          new GeneralNames(
              certificate.names().stream()
                  .map(
                      name ->
                          new GeneralName(
                              ManagedCertificate.isAddress(name)
                                  ? GeneralName.iPAddress
                                  : GeneralName.dNSName,
                              name))
                  .toArray(GeneralName[]::new)));
      byte[] chain =
          pem(
              "CERTIFICATE",
              builder
                  .build(new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate()))
                  .getEncoded());
      Loaded loaded =
          loader.parse(
              certificate.name(),
              chain,
              pem("PRIVATE KEY", keys.getPrivate().getEncoded()),
              null,
              new Credential.Origin(SOURCE, 0));
      Credential credential = loaded.credential();
      if (credential == null) {
        throw new IllegalStateException("refused: " + loaded.problems());
      }
      return credential.asLastResort();
    } catch (GeneralSecurityException | OperatorCreationException | IOException impossible) {
      throw new IllegalStateException("every JDK signs with ECDSA", impossible);
    }
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
}
