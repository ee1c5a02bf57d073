package io.terminator.tls.certificate.reader;

import io.terminator.tls.certificate.credential.CredentialProblem.Kind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.jspecify.annotations.Nullable;

/**
 * The certificates and private keys in one file, in file order. Not yet checked against each other.
 */
record KeyMaterial(List<ParsedCertificate> certificates, List<PrivateKeyInfo> keys) {
  static final KeyMaterial NONE = new KeyMaterial(List.of(), List.of());

  /**
   * Detects the format from the content, never from the file name. Problems are added to {@code
   * findings}.
   */
  static KeyMaterial read(
      byte[] content, String place, Passwords passwords, IssuerCache issuers, Findings findings) {
    if (isBlank(content)) {
      findings.add(
          Kind.EMPTY,
          place,
          "empty file. Expected PEM, PKCS#12 or JKS; perhaps it is still being written");
      return NONE;
    }
    if (PemReader.isPem(content)) {
      return pem(content, place, passwords, issuers, findings);
    }
    if (KeyStoreFile.isJks(content)) {
      return KeyStoreFile.read(content, place, passwords, findings);
    }
    if (KeyStoreFile.isBks(content)) {
      return unreadStore("BKS or UBER", place, findings);
    }
    return der(content, place, passwords, findings);
  }

  private static KeyMaterial unreadStore(String type, String place, Findings findings) {
    findings.add(
        Kind.NOT_A_CERTIFICATE,
        place,
        "a "
            + type
            + " key store, which only Bouncy Castle reads. Convert it with keytool -importkeystore"
            + " -deststoretype PKCS12");
    return NONE;
  }

  private static boolean isBlank(byte[] content) {
    for (byte octet : content) {
      if (octet != ' ' && octet != '\n' && octet != '\r' && octet != '\t' && octet != 0) {
        return false;
      }
    }
    return true;
  }

  private static KeyMaterial pem(
      byte[] content, String place, Passwords passwords, IssuerCache issuers, Findings findings) {
    List<ParsedCertificate> certificates = new ArrayList<>();
    List<PrivateKeyInfo> keys = new ArrayList<>();
    for (PemReader.Block block : PemReader.read(content, place, findings)) {
      switch (block.label()) {
        case "CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE" ->
            addCertificate(block.der(), place, block::where, issuers, findings, certificates);
        case "PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY" -> {
          PrivateKeyInfo key = PrivateKeyReader.read(block, place, passwords.ofKey(), findings);
          if (key != null) {
            keys.add(key);
          }
        }
        case "OPENSSH PRIVATE KEY", "DSA PRIVATE KEY", "ANY PRIVATE KEY" ->
            findings.add(
                Kind.UNSUPPORTED_KEY,
                place,
                block.where()
                    + " is not a supported private key. Expected PKCS#1, SEC1 or PKCS#8;"
                    + " convert it with openssl pkey");
        case "CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST" ->
            findings.add(
                Kind.NOT_A_CERTIFICATE,
                place,
                block.where()
                    + " is a certificate request, not a certificate. Use the certificate"
                    + " that the CA issued");
        case "PKCS7", "PKCS #7 SIGNED DATA", "CMS" ->
            findings.add(
                Kind.NOT_A_CERTIFICATE,
                place,
                block.where() + " is PKCS#7. Convert it with openssl pkcs7 -print_certs");
        // Parameters, public keys and revocation lists are not needed here and do no harm.
        default -> {}
      }
    }
    return new KeyMaterial(certificates, keys);
  }

  private static KeyMaterial der(
      byte[] content, String place, Passwords passwords, Findings findings) {
    switch (DerFormat.of(content)) {
      case CUT_OFF -> {
        findings.add(
            Kind.TRUNCATED,
            place,
            "the binary content is truncated. The file is incomplete or still being written");
        return NONE;
      }
      case CERTIFICATE -> {
        List<ParsedCertificate> certificates = new ArrayList<>();
        addCertificate(content, place, () -> "the file", null, findings, certificates);
        return new KeyMaterial(certificates, List.of());
      }
      case PKCS8, PKCS1, SEC1, ENCRYPTED_PKCS8 -> {
        PrivateKeyInfo key =
            PrivateKeyReader.readDer(content, place, () -> "the file", passwords.ofKey(), findings);
        return new KeyMaterial(List.of(), key == null ? List.of() : List.of(key));
      }
      case PKCS12 -> {
        return Pkcs12File.read(content, place, passwords, findings);
      }
      case BCFKS -> {
        return unreadStore("BCFKS", place, findings);
      }
      case UNKNOWN -> {}
    }
    findings.add(
        Kind.NOT_A_CERTIFICATE,
        place,
        "neither PEM nor DER, PKCS#12 or JKS. Expected a certificate or a private key");
    return NONE;
  }

  private static void addCertificate(
      byte[] der,
      String place,
      Supplier<String> where,
      @Nullable IssuerCache issuers,
      Findings findings,
      List<ParsedCertificate> certificates) {
    try {
      // The first certificate is almost always the leaf, and no two leaves are equal.
      certificates.add(
          certificates.isEmpty() || issuers == null
              ? new ParsedCertificate(der)
              : issuers.parse(der));
    } catch (IOException | RuntimeException e) {
      findings.add(
          Kind.MALFORMED, place, where.get() + " is not an X.509 certificate. Copy the file again");
    }
  }
}
