package io.terminator.tls.certificate.credential;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.RSAPrivateKey;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;

/**
 * A private key without the parts that can be computed from the others. PKCS#8 stores most of an
 * RSA key redundantly, which for 100,000 certificates would take 100 MiB. Computing the full key
 * takes less time than building the context that needs it.
 */
public final class CompactKey {
  private CompactKey() {}

  public static byte[] rsa(RSAPrivateKey key) {
    byte[] exponent = key.getPublicExponent().toByteArray();
    byte[] one = key.getPrime1().toByteArray();
    byte[] two = key.getPrime2().toByteArray();
    return ByteBuffer.allocate(4 + exponent.length + one.length + two.length)
        .putShort((short) exponent.length)
        .putShort((short) one.length)
        .put(exponent)
        .put(one)
        .put(two)
        .array();
  }

  /** {@code bits} identifies the curve. */
  public static byte[] ec(BigInteger scalar) {
    return scalar.toByteArray();
  }

  /** Unencrypted PKCS#8, DER. */
  static byte[] pkcs8(KeyKind kind, int bits, byte[] compact) {
    try {
      return switch (kind) {
        case RSA -> rsaPkcs8(compact);
        case EC -> ecPkcs8(bits, new BigInteger(compact));
      };
    } catch (IOException e) {
      throw new UncheckedIOException("encoding to memory does not fail", e);
    }
  }

  private static byte[] rsaPkcs8(byte[] compact) throws IOException {
    ByteBuffer parts = ByteBuffer.wrap(compact);
    int exponentLength = parts.getShort();
    int oneLength = parts.getShort();
    int oneAt = 4 + exponentLength;
    BigInteger e = new BigInteger(Arrays.copyOfRange(compact, 4, oneAt));
    BigInteger p = new BigInteger(Arrays.copyOfRange(compact, oneAt, oneAt + oneLength));
    BigInteger q = new BigInteger(Arrays.copyOfRange(compact, oneAt + oneLength, compact.length));
    BigInteger pLess = p.subtract(BigInteger.ONE);
    BigInteger qLess = q.subtract(BigInteger.ONE);
    BigInteger d = e.modInverse(pLess.multiply(qLess).divide(pLess.gcd(qLess)));
    RSAPrivateKey key =
        new RSAPrivateKey(p.multiply(q), e, d, p, q, d.mod(pLess), d.mod(qLess), q.modInverse(p));
    return new PrivateKeyInfo(
            new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE), key)
        .getEncoded();
  }

  private static byte[] ecPkcs8(int bits, BigInteger scalar) throws IOException {
    return new PrivateKeyInfo(
            new AlgorithmIdentifier(X9ObjectIdentifiers.id_ecPublicKey, Curves.name(bits)),
            new ECPrivateKey(bits, scalar))
        .getEncoded();
  }

  /** The curves that TLS servers sign with; each has a distinct number of bits. */
  public static final class Curves {
    private static final ASN1ObjectIdentifier P256 = X9ObjectIdentifiers.prime256v1;
    private static final ASN1ObjectIdentifier P384 = new ASN1ObjectIdentifier("1.3.132.0.34");
    private static final ASN1ObjectIdentifier P521 = new ASN1ObjectIdentifier("1.3.132.0.35");

    private Curves() {}

    public static ASN1ObjectIdentifier name(int bits) {
      return switch (bits) {
        case 256 -> P256;
        case 384 -> P384;
        default -> P521;
      };
    }

    /** Returns 0 for any other curve. */
    public static int bits(ASN1ObjectIdentifier name) {
      return name.equals(P256) ? 256 : name.equals(P384) ? 384 : name.equals(P521) ? 521 : 0;
    }
  }
}
