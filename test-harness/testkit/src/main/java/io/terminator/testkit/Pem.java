package io.terminator.testkit;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PKCS8Generator;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8EncryptorBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.util.io.pem.PemObject;

/** Writes certificates and keys as PEM, in every form in use. */
public final class Pem {

  private Pem() {}

  /** One or more certificates, in the given order. */
  public static String certificates(List<X509Certificate> certificates) {
    StringBuilder text = new StringBuilder();
    for (X509Certificate certificate : certificates) {
      try {
        text.append(block("CERTIFICATE", certificate.getEncoded()));
      } catch (CertificateEncodingException e) {
        throw new IllegalStateException("certificate without an encoding", e);
      }
    }
    return text.toString();
  }

  /** {@code PRIVATE KEY}: any algorithm, not encrypted. */
  public static String pkcs8(PrivateKey key) {
    return block("PRIVATE KEY", key.getEncoded());
  }

  /** {@code ENCRYPTED PRIVATE KEY}: PBES2, AES-256-CBC, PBKDF2. */
  public static String encryptedPkcs8(PrivateKey key, String password) {
    try {
      var encryptor =
          new JceOpenSSLPKCS8EncryptorBuilder(PKCS8Generator.AES_256_CBC)
              .setProvider(new BouncyCastleProvider())
              .setPassword(password.toCharArray())
              .build();
      return written(new JcaPKCS8Generator(key, encryptor).generate());
    } catch (OperatorCreationException | IOException e) {
      throw new IllegalStateException("cannot encrypt a private key", e);
    }
  }

  /**
   * The traditional form of the algorithm, as old tools write it: {@code RSA PRIVATE KEY} (PKCS#1)
   * or {@code EC PRIVATE KEY} (SEC1, with a named curve).
   */
  public static String traditional(PrivateKey key, PublicKey publicKey) {
    PrivateKeyInfo pkcs8 = PrivateKeyInfo.getInstance(key.getEncoded());
    try {
      if (!(key instanceof ECPrivateKey ecKey)) {
        return block("RSA PRIVATE KEY", pkcs8.parsePrivateKey().toASN1Primitive().getEncoded());
      }
      // The JDK leaves curve and public key out of the inner structure; on its own it needs both.
      var sec1 =
          new org.bouncycastle.asn1.sec.ECPrivateKey(
              ecKey.getParams().getOrder().bitLength(),
              ecKey.getS(),
              SubjectPublicKeyInfo.getInstance(publicKey.getEncoded()).getPublicKeyData(),
              pkcs8.getPrivateKeyAlgorithm().getParameters());
      return block("EC PRIVATE KEY", sec1.getEncoded());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot encode a private key", e);
    }
  }

  /** One block of any type, such as {@code X509 CRL}. */
  public static String block(String type, byte[] content) {
    try {
      return written(new PemObject(type, content));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write PEM to memory", e);
    }
  }

  private static String written(PemObject object) throws IOException {
    StringWriter text = new StringWriter();
    try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
      writer.writeObject(object);
    }
    return text.toString();
  }
}
