package io.terminator.tls.certificate.reader;

import io.terminator.tls.certificate.credential.CompactKey;
import io.terminator.tls.certificate.credential.Credential.KeyFacts;
import io.terminator.tls.certificate.credential.KeyKind;
import java.io.IOException;
import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.util.Arrays;
import org.bouncycastle.asn1.ASN1BitString;
import org.bouncycastle.asn1.ASN1Null;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.RSAPrivateKey;
import org.bouncycastle.asn1.pkcs.RSAPublicKey;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.math.ec.ECCurve;
import org.bouncycastle.math.ec.ECFieldElement;
import org.bouncycastle.math.ec.ECPoint;
import org.bouncycastle.math.ec.FixedPointCombMultiplier;
import org.bouncycastle.math.ec.custom.sec.SecP256R1Curve;
import org.bouncycastle.math.ec.custom.sec.SecP384R1Curve;
import org.bouncycastle.math.ec.custom.sec.SecP521R1Curve;
import org.jspecify.annotations.Nullable;

/**
 * A private key with its public half: checks whether a certificate belongs to it, and provides the
 * one encoding that both BoringSSL and the JDK read.
 */
final class KeyMatch {
  private final KeyFacts facts;
  private final byte[] compact;
  private final BigInteger modulus;
  private final byte[] point;

  private KeyMatch(KeyFacts facts, byte[] compact, BigInteger modulus, byte[] point) {
    this.facts = facts;
    this.compact = compact;
    this.modulus = modulus;
    this.point = point;
  }

  /** Returns null if the key is neither RSA nor on a TLS curve, or is inconsistent. */
  static @Nullable KeyMatch of(PrivateKeyInfo key, PublicKeyCheck trust) {
    ASN1ObjectIdentifier algorithm = key.getPrivateKeyAlgorithm().getAlgorithm();
    try {
      if (algorithm.equals(PKCSObjectIdentifiers.rsaEncryption)) {
        return rsa(RSAPrivateKey.getInstance(key.parsePrivateKey()));
      }
      if (algorithm.equals(X9ObjectIdentifiers.id_ecPublicKey)) {
        return ec(key, ECPrivateKey.getInstance(key.parsePrivateKey()), trust);
      }
      return null;
    } catch (IOException | RuntimeException e) {
      return null;
    }
  }

  private static @Nullable KeyMatch rsa(RSAPrivateKey key) throws IOException {
    BigInteger modulus = key.getModulus();
    BigInteger exponent = key.getPublicExponent();
    BigInteger one = key.getPrime1();
    BigInteger two = key.getPrime2();
    if (one.signum() <= 0
        || two.signum() <= 0
        || !one.multiply(two).equals(modulus)
        || !isInvertible(exponent, one, two)) {
      return null;
    }
    return new KeyMatch(
        new KeyFacts(KeyKind.RSA, modulus.bitLength()), CompactKey.rsa(key), modulus, new byte[0]);
  }

  /** Without an inverse there is no private exponent. */
  private static boolean isInvertible(BigInteger exponent, BigInteger one, BigInteger two) {
    return exponent.signum() > 0
        && exponent.bitLength() <= 64
        && exponent.gcd(one.subtract(BigInteger.ONE)).equals(BigInteger.ONE)
        && exponent.gcd(two.subtract(BigInteger.ONE)).equals(BigInteger.ONE);
  }

  private static @Nullable KeyMatch ec(PrivateKeyInfo info, ECPrivateKey key, PublicKeyCheck trust)
      throws IOException {
    // PKCS#8 has the curve outside the key, SEC1 inside.
    var parameters = info.getPrivateKeyAlgorithm().getParameters();
    ASN1ObjectIdentifier curveName =
        ASN1ObjectIdentifier.getInstance(
            parameters == null || parameters instanceof ASN1Null
                ? key.getParametersObject()
                : parameters);
    int bits = CompactKey.Curves.bits(curveName);
    if (bits == 0) {
      return null;
    }
    ECCurve curve = curve(bits);
    BigInteger scalar = key.getKey();
    if (scalar.signum() <= 0 || scalar.compareTo(curve.getOrder()) >= 0) {
      return null;
    }
    byte[] point = publicPoint(key, scalar, bits, curve, trust);
    return new KeyMatch(
        new KeyFacts(KeyKind.EC, bits), CompactKey.ec(scalar), BigInteger.ZERO, point);
  }

  /** Without Bouncy Castle's tables of curves, which load a hundred classes for every other one. */
  private static ECCurve curve(int bits) {
    return switch (bits) {
      case 256 -> new SecP256R1Curve();
      case 384 -> new SecP384R1Curve();
      default -> new SecP521R1Curve();
    };
  }

  private static ECPoint generator(int bits, ECCurve curve) {
    try {
      AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
      parameters.init(new ECGenParameterSpec("secp" + bits + "r1"));
      java.security.spec.ECPoint generator =
          parameters.getParameterSpec(ECParameterSpec.class).getGenerator();
      return curve.createPoint(generator.getAffineX(), generator.getAffineY());
    } catch (GeneralSecurityException unknown) {
      throw new IllegalStateException("this JDK does not know the curve secp" + bits, unknown);
    }
  }

  /**
   * From the Jacobian coordinates of these curves: x is X/Z^2, y is Y/Z^3. As {@code normalize},
   * but that asks for a random number first, and with it for a logger of the JDK, which opens every
   * jar.
   */
  private static byte[] encoded(ECPoint point, ECCurve curve) {
    ECFieldElement inverse = point.getZCoord(0).invert();
    ECFieldElement square = inverse.square();
    ECFieldElement x = point.getXCoord().multiply(square);
    ECFieldElement y = point.getYCoord().multiply(square).multiply(inverse);
    return curve.createPoint(x.toBigInteger(), y.toBigInteger()).getEncoded(false);
  }

  private static byte[] publicPoint(
      ECPrivateKey key, BigInteger scalar, int bits, ECCurve curve, PublicKeyCheck trust) {
    ASN1BitString stated = key.getPublicKey();
    if (stated != null && trust == PublicKeyCheck.AS_STATED) {
      return uncompressed(stated.getOctets(), curve);
    }
    return encoded(new FixedPointCombMultiplier().multiply(generator(bits, curve), scalar), curve);
  }

  private static byte[] uncompressed(byte[] point, ECCurve curve) {
    return point[0] == 4 ? point : curve.decodePoint(point).getEncoded(false);
  }

  /** Whether the certificate with this public key belongs to this private key. */
  boolean belongsTo(SubjectPublicKeyInfo certified) {
    ASN1ObjectIdentifier algorithm = certified.getAlgorithm().getAlgorithm();
    try {
      if (facts.kind() == KeyKind.RSA) {
        return algorithm.equals(PKCSObjectIdentifiers.rsaEncryption)
            && RSAPublicKey.getInstance(certified.parsePublicKey()).getModulus().equals(modulus);
      }
      return algorithm.equals(X9ObjectIdentifiers.id_ecPublicKey)
          && Arrays.equals(certifiedPoint(certified), point);
    } catch (IOException | RuntimeException e) {
      return false;
    }
  }

  private static byte[] certifiedPoint(SubjectPublicKeyInfo certified) {
    byte[] octets = certified.getPublicKeyData().getOctets();
    if (octets[0] == 4) {
      return octets;
    }
    ASN1ObjectIdentifier name =
        ASN1ObjectIdentifier.getInstance(certified.getAlgorithm().getParameters());
    return uncompressed(octets, curve(CompactKey.Curves.bits(name)));
  }

  KeyFacts facts() {
    return facts;
  }

  byte[] compact() {
    return compact;
  }
}
