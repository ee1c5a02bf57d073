package io.terminator.testkit;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;

/** The kinds of keys of test certificates. */
public enum KeyAlgorithm {
  /** Too weak to be served; exists to be refused. */
  RSA_1024("RSA", "1024", "SHA256withRSA"),
  RSA_2048("RSA", "2048", "SHA256withRSA"),
  ECDSA_P256("EC", "secp256r1", "SHA256withECDSA"),
  ECDSA_P384("EC", "secp384r1", "SHA384withECDSA"),
  ECDSA_P521("EC", "secp521r1", "SHA512withECDSA");

  private final String family;
  private final String parameter;
  private final String signature;

  KeyAlgorithm(String family, String parameter, String signature) {
    this.family = family;
    this.parameter = parameter;
    this.signature = signature;
  }

  /**
   * A new key pair, which {@link Secrecy} records. RSA takes tenths of a second; prefer ECDSA if
   * both are suitable.
   */
  public KeyPair generate() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance(family);
      if (family.equals("RSA")) {
        generator.initialize(Integer.parseInt(parameter));
      } else {
        generator.initialize(new ECGenParameterSpec(parameter));
      }
      KeyPair pair = generator.generateKeyPair();
      Secrecy.keep(pair.getPrivate());
      return pair;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK cannot generate a key of kind " + this, e);
    }
  }

  /** The JCA name of the signature algorithm of such a key. */
  String signature() {
    return signature;
  }
}
