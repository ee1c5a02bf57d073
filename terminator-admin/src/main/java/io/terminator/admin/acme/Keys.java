package io.terminator.admin.acme;

import io.terminator.tls.certificate.source.ManagedCertificate.KeyType;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;

/** Key pairs of accounts and certificates, and their encoding for the state directory. */
final class Keys {
  private static final int IS_EC = 1;
  private static final int IS_RSA = 2;
  private static final int MOST_BYTES = 1 << 16;

  private Keys() {}

  /** {@code algorithm} is EC or RSA. */
  static KeyPair generate(String algorithm, int bits) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
      if (algorithm.equals("EC")) {
        generator.initialize(new ECGenParameterSpec("secp" + bits + "r1"));
      } else {
        generator.initialize(bits);
      }
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK makes " + algorithm + " keys", e);
    }
  }

  /** Both halves, unencrypted. Must never be logged. */
  static byte[] encode(KeyPair keys) {
    byte[] shown = keys.getPublic().getEncoded();
    byte[] hidden = keys.getPrivate().getEncoded();
    return ByteBuffer.allocate(2 * Integer.BYTES + shown.length + hidden.length)
        .putInt(keys.getPrivate().getAlgorithm().equals("EC") ? IS_EC : IS_RSA)
        .putInt(shown.length)
        .put(shown)
        .put(hidden)
        .array();
  }

  /** The reverse of {@link #encode}. */
  static KeyPair decode(byte[] encoded) throws GeneralSecurityException {
    try {
      ByteBuffer parts = ByteBuffer.wrap(encoded);
      KeyFactory factory = KeyFactory.getInstance(parts.getInt() == IS_EC ? "EC" : "RSA");
      int length = parts.getInt();
      if (length < 0 || length > MOST_BYTES) {
        throw new GeneralSecurityException("the stored key is damaged");
      }
      byte[] shown = new byte[length];
      parts.get(shown);
      byte[] hidden = new byte[parts.remaining()];
      parts.get(hidden);
      return new KeyPair(
          factory.generatePublic(new X509EncodedKeySpec(shown)),
          factory.generatePrivate(new PKCS8EncodedKeySpec(hidden)));
    } catch (BufferUnderflowException damaged) {
      throw new GeneralSecurityException("the stored key is damaged");
    }
  }

  static boolean fits(KeyPair keys, KeyType type) {
    int bits =
        keys.getPublic() instanceof ECPublicKey curve
            ? curve.getParams().getCurve().getField().getFieldSize()
            : keys.getPublic() instanceof RSAPublicKey rsa ? rsa.getModulus().bitLength() : 0;
    return keys.getPublic().getAlgorithm().equals(type.algorithm()) && bits == type.bits();
  }

  /** As PKCS#8. Must never be logged. */
  static byte[] pem(PrivateKey key) {
    return ("-----BEGIN PRIVATE KEY-----\n"
            + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key.getEncoded())
            + "\n-----END PRIVATE KEY-----\n")
        .getBytes(StandardCharsets.US_ASCII);
  }
}
