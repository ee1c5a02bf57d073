package io.terminator.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.PKIXParameters;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.RSAPrivateKey;
import java.security.interfaces.RSAPublicKey;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8DecryptorProviderBuilder;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TestCaTest {

  private final TestCa ca = TestCa.create();

  @ParameterizedTest
  @EnumSource(KeyAlgorithm.class)
  void issuesLeavesOfEveryAlgorithmThatChainToTheRoot(KeyAlgorithm algorithm) {
    Credential leaf = ca.leaf("www.example").algorithm(algorithm).issue();
    assertThatCode(() -> validate(leaf)).doesNotThrowAnyException();
  }

  @Test
  void putsEveryNameIntoTheCertificate() throws GeneralSecurityException {
    Credential leaf = ca.server("www.example", "*.api.example", "127.0.0.1", "::1");
    assertThat(leaf.leaf().getSubjectAlternativeNames())
        .extracting(name -> (Object) name.get(1))
        .containsExactly("www.example", "*.api.example", "127.0.0.1", "0:0:0:0:0:0:0:1");
  }

  @Test
  void breaksWhatItSaysItBreaks() {
    assertThatThrownBy(() -> validate(ca.expired("a")))
        .hasRootCauseInstanceOf(CertificateExpiredException.class);
    assertThatThrownBy(() -> validate(ca.notYetValid("a")))
        .hasRootCauseInstanceOf(CertificateNotYetValidException.class);
    assertThatThrownBy(() -> validate(ca.server("a").withoutIssuers()))
        .isInstanceOf(CertPathValidatorException.class);
    assertThat(((RSAPublicKey) ca.weak("a").leaf().getPublicKey()).getModulus().bitLength())
        .isEqualTo(1024);
    assertThat(belongTogether(ca.wrongKey("a"))).isFalse();
    assertThat(belongTogether(ca.server("a"))).isTrue();
    assertThat(ca.leaf("a").signedWithSha1().issue().leaf().getSigAlgName()).startsWith("SHA1");
  }

  @ParameterizedTest
  @EnumSource(
      value = KeyAlgorithm.class,
      names = {"RSA_2048", "ECDSA_P256"})
  void writesKeysInEveryForm(KeyAlgorithm algorithm) throws Exception {
    Credential credential = ca.leaf("a").algorithm(algorithm).issue();
    var converter = new JcaPEMKeyConverter();
    Object plain = parsed(credential.keyPem());
    assertThat(converter.getPrivateKey((PrivateKeyInfo) plain))
        .satisfies(key -> assertThat(secret(key)).isEqualTo(secret(credential.key())));
    PEMKeyPair traditional = (PEMKeyPair) parsed(credential.traditionalKeyPem());
    assertThat(converter.getKeyPair(traditional).getPrivate())
        .satisfies(key -> assertThat(secret(key)).isEqualTo(secret(credential.key())));
    assertThat(converter.getKeyPair(traditional).getPublic())
        .isEqualTo(credential.leaf().getPublicKey());
    var encrypted = (PKCS8EncryptedPrivateKeyInfo) parsed(credential.encryptedKeyPem("open"));
    var decryptor =
        new JceOpenSSLPKCS8DecryptorProviderBuilder()
            .setProvider(new BouncyCastleProvider())
            .build("open".toCharArray());
    assertThat(converter.getPrivateKey(encrypted.decryptPrivateKeyInfo(decryptor)))
        .satisfies(key -> assertThat(secret(key)).isEqualTo(secret(credential.key())));
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(new ByteArrayInputStream(credential.pkcs12("open")), "open".toCharArray());
    assertThat((PrivateKey) store.getKey("terminator", "open".toCharArray()))
        .satisfies(key -> assertThat(secret(key)).isEqualTo(secret(credential.key())));
  }

  @Test
  void writesFilesFitForServing(@TempDir Path directory) throws Exception {
    Credential credential = ca.server("a");
    CredentialFiles files = credential.writeTo(directory.resolve("new"), "shop");
    assertThat(files.chain().getFileName()).hasToString("shop.crt");
    try (var chain = Files.newInputStream(files.chain())) {
      assertThat(CertificateFactory.getInstance("X.509").generateCertificates(chain))
          .hasSize(2)
          .first()
          .isEqualTo(credential.leaf());
    }
    assertThat(Files.readString(files.key())).isEqualTo(credential.keyPem());
  }

  @Test
  void keepsKeysOutOfItsText() {
    assertThat(ca.server("a.example")).asString().contains("a.example").doesNotContain("PRIVATE");
  }

  private void validate(Credential credential) throws GeneralSecurityException {
    PKIXParameters parameters = new PKIXParameters(ca.trustStore());
    parameters.setRevocationEnabled(false);
    CertPathValidator.getInstance("PKIX")
        .validate(
            CertificateFactory.getInstance("X.509").generateCertPath(credential.chain()),
            parameters);
  }

  private static boolean belongTogether(Credential credential) throws AssertionError {
    try {
      byte[] message = {1, 2, 3};
      var signature = java.security.Signature.getInstance("SHA256withECDSA");
      signature.initSign(credential.key());
      signature.update(message);
      byte[] signed = signature.sign();
      signature.initVerify(credential.leaf());
      signature.update(message);
      return signature.verify(signed);
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  /** Equal keys may have different encodings, with and without the public part. */
  private static BigInteger secret(PrivateKey key) {
    return key instanceof ECPrivateKey ec ? ec.getS() : ((RSAPrivateKey) key).getPrivateExponent();
  }

  private static Object parsed(String pem) throws IOException {
    try (PEMParser parser = new PEMParser(new StringReader(pem))) {
      Object first = parser.readObject();
      assertThat(List.of(first)).hasSize(1);
      return first;
    }
  }
}
