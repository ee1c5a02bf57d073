package io.terminator.tls.certificate;

import io.terminator.tls.certificate.CredentialProblem.Kind;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.EncryptionException;
import org.bouncycastle.openssl.PEMEncryptedKeyPair;
import org.bouncycastle.openssl.PEMException;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8DecryptorProviderBuilder;
import org.bouncycastle.openssl.jcajce.JcePEMDecryptorProviderBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.util.io.pem.PemObject;
import org.jspecify.annotations.Nullable;

/**
 * Reads certificates and keys from PEM (RFC 7468) in any order and mixture: PKCS#1, SEC1, PKCS#8, encrypted PKCS#8 and the
 * traditional encryption of OpenSSL.
 */
final class PemReader {
  private static final BouncyCastleProvider PROVIDER = new BouncyCastleProvider();
  private static final int MOST_CERTIFICATES = 32;

  private PemReader() {}

  static List<X509Certificate> certificates(CredentialLoader.Source source) throws CredentialException {
    List<X509Certificate> chain = new ArrayList<>();
    try (org.bouncycastle.util.io.pem.PemReader pem =
        new org.bouncycastle.util.io.pem.PemReader(new StringReader(text(source)))) {
      for (PemObject part = pem.readPemObject(); part != null; part = pem.readPemObject()) {
        if (part.getType().endsWith("CERTIFICATE")) {
          chain.add(certificate(source, part.getContent()));
        }
        if (chain.size() > MOST_CERTIFICATES) {
          throw new CredentialException(
              Kind.BAD_CERTIFICATE, source.name(), "holds more than " + MOST_CERTIFICATES + " certificates; expected a chain");
        }
      }
    } catch (IOException | IllegalArgumentException | org.bouncycastle.util.encoders.DecoderException cut) {
      throw truncated(source);
    }
    if (chain.isEmpty()) {
      throw new CredentialException(
          Kind.NO_CERTIFICATE,
          source.name(),
          "holds no certificate; expected \"-----BEGIN CERTIFICATE-----\" blocks, the server's own first");
    }
    return chain;
  }

  private static X509Certificate certificate(CredentialLoader.Source source, byte[] der) throws CredentialException {
    try {
      return (X509Certificate)
          CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
    } catch (CertificateException | RuntimeException bad) {
      throw new CredentialException(
          Kind.BAD_CERTIFICATE, source.name(), "holds a certificate that can't be read: " + bad.getMessage());
    }
  }

  static PrivateKey privateKey(CredentialLoader.Source source, char @Nullable [] password) throws CredentialException {
    try (PEMParser parser = new PEMParser(new StringReader(text(source)))) {
      for (Object part = parser.readObject(); part != null; part = parser.readObject()) {
        PrivateKeyInfo key = keyIn(part, source, password);
        if (key != null) {
          return new JcaPEMKeyConverter().getPrivateKey(key);
        }
      }
    } catch (EncryptionException | PKCSException wrong) {
      throw new CredentialException(
          Kind.WRONG_PASSWORD, source.name(), "does not open with the configured password; check certificates[].password");
    } catch (PEMException bad) {
      throw new CredentialException(
          Kind.BAD_KEY, source.name(), "holds a private key that can't be read; expected PKCS#1, SEC1 or PKCS#8");
    } catch (IOException | RuntimeException cut) {
      throw truncated(source);
    }
    throw new CredentialException(
        Kind.NO_KEY, source.name(), "holds no private key; expected a \"-----BEGIN PRIVATE KEY-----\" block");
  }

  private static @Nullable PrivateKeyInfo keyIn(
      Object part, CredentialLoader.Source source, char @Nullable [] password)
      throws CredentialException, IOException, PKCSException {
    if (part instanceof PEMKeyPair pair) {
      return pair.getPrivateKeyInfo();
    }
    if (part instanceof PrivateKeyInfo plain) {
      return plain;
    }
    if (part instanceof PEMEncryptedKeyPair encrypted) {
      return encrypted
          .decryptKeyPair(
              new JcePEMDecryptorProviderBuilder().setProvider(PROVIDER).build(required(source, password)))
          .getPrivateKeyInfo();
    }
    if (part instanceof PKCS8EncryptedPrivateKeyInfo encrypted) {
      try {
        return encrypted.decryptPrivateKeyInfo(
            new JceOpenSSLPKCS8DecryptorProviderBuilder().setProvider(PROVIDER).build(required(source, password)));
      } catch (OperatorCreationException unknown) {
        throw new PKCSException("unknown encryption", unknown);
      }
    }
    return null;
  }

  private static char[] required(CredentialLoader.Source source, char @Nullable [] password)
      throws CredentialException {
    if (password == null) {
      throw new CredentialException(
          Kind.KEY_ENCRYPTED,
          source.name(),
          "holds an encrypted private key and no password is configured; set certificates[].password");
    }
    return password;
  }

  private static String text(CredentialLoader.Source source) throws CredentialException {
    String text = new String(source.bytes(), StandardCharsets.ISO_8859_1);
    if (!text.contains("-----BEGIN ")) {
      throw new CredentialException(
          Kind.NOT_PEM, source.name(), "is neither PEM nor PKCS#12 nor JKS; expected \"-----BEGIN\" in it");
    }
    if (text.lastIndexOf("-----BEGIN ") > text.lastIndexOf("-----END ")) {
      throw truncated(source);
    }
    return text;
  }

  private static CredentialException truncated(CredentialLoader.Source source) {
    return new CredentialException(
        Kind.TRUNCATED, source.name(), "ends inside a PEM block, or one is damaged; copy the file again, whole");
  }
}
