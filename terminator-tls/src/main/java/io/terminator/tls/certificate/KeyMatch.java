package io.terminator.tls.certificate;

import io.terminator.tls.certificate.Credential.KeyFacts;
import java.io.IOException;
import java.math.BigInteger;
import java.util.Arrays;
import org.bouncycastle.asn1.ASN1BitString;
import org.bouncycastle.asn1.ASN1Null;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.RSAPrivateKey;
import org.bouncycastle.asn1.pkcs.RSAPublicKey;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.math.ec.FixedPointCombMultiplier;
import org.jspecify.annotations.Nullable;

/**
 * A private key with its public half: says whether a certificate is for it, and gives the one
 * encoding that BoringSSL and the JDK both read.
 */
final class KeyMatch {
  private final KeyFacts facts;
  private final byte[] pkcs8;
  private final BigInteger modulus;
  private final byte[] point;

  private KeyMatch(KeyFacts facts, byte[] pkcs8, BigInteger modulus, byte[] point) {
    this.facts = facts;
    this.pkcs8 = pkcs8;
    this.modulus = modulus;
    this.point = point;
  }

  /** Null where it is neither RSA nor on a curve of TLS, or contradicts itself. */
  static @Nullable KeyMatch of(PrivateKeyInfo key) {
    ASN1ObjectIdentifier algorithm = key.getPrivateKeyAlgorithm().getAlgorithm();
    try {
      if (algorithm.equals(PKCSObjectIdentifiers.rsaEncryption)) {
        return rsa(RSAPrivateKey.getInstance(key.parsePrivateKey()));
      }
      if (algorithm.equals(X9ObjectIdentifiers.id_ecPublicKey)) {
        return ec(key, ECPrivateKey.getInstance(key.parsePrivateKey()));
      }
      return null;
    } catch (IOException | RuntimeException e) {
      return null;
    }
  }

  private static @Nullable KeyMatch rsa(RSAPrivateKey key) throws IOException {
    BigInteger modulus = key.getModulus();
    if (!key.getPrime1().multiply(key.getPrime2()).equals(modulus)) {
      return null;
    }
    AlgorithmIdentifier algorithm =
        new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE);
    return new KeyMatch(
        new KeyFacts(KeyKind.RSA, modulus.bitLength()),
        new PrivateKeyInfo(algorithm, key).getEncoded(),
        modulus,
        new byte[0]);
  }

  private static @Nullable KeyMatch ec(PrivateKeyInfo info, ECPrivateKey key) throws IOException {
    // The curve stands outside in PKCS#8 and inside in SEC1.
    var parameters = info.getPrivateKeyAlgorithm().getParameters();
    ASN1ObjectIdentifier curveName =
        ASN1ObjectIdentifier.getInstance(
            parameters == null || parameters instanceof ASN1Null
                ? key.getParametersObject()
                : parameters);
    X9ECParameters curve = bits(curveName) == 0 ? null : CustomNamedCurves.getByOID(curveName);
    if (curve == null) {
      return null;
    }
    BigInteger scalar = key.getKey();
    if (scalar.signum() <= 0 || scalar.compareTo(curve.getN()) >= 0) {
      return null;
    }
    byte[] point = publicPoint(key, scalar, curve);
    ECPrivateKey inner =
        new ECPrivateKey(curve.getN().bitLength(), scalar, new DERBitString(point), null);
    AlgorithmIdentifier algorithm =
        new AlgorithmIdentifier(X9ObjectIdentifiers.id_ecPublicKey, curveName);
    return new KeyMatch(
        new KeyFacts(KeyKind.EC, bits(curveName)),
        new PrivateKeyInfo(algorithm, inner).getEncoded(),
        BigInteger.ZERO,
        point);
  }

  private static byte[] publicPoint(ECPrivateKey key, BigInteger scalar, X9ECParameters curve) {
    // Multiplying takes longer than everything else about a certificate. A file that was cut or
    // mixed
    // up does not parse, and BoringSSL compares the halves again before it uses them.
    ASN1BitString stated = key.getPublicKey();
    if (stated != null) {
      return uncompressed(stated.getOctets(), curve);
    }
    return new FixedPointCombMultiplier()
        .multiply(curve.getG(), scalar)
        .normalize()
        .getEncoded(false);
  }

  private static byte[] uncompressed(byte[] point, X9ECParameters curve) {
    return point[0] == 4 ? point : curve.getCurve().decodePoint(point).getEncoded(false);
  }

  /** Bits of the curves that TLS servers sign with; 0 for all others. */
  private static int bits(ASN1ObjectIdentifier curve) {
    return switch (curve.getId()) {
      case "1.2.840.10045.3.1.7" -> 256;
      case "1.3.132.0.34" -> 384;
      case "1.3.132.0.35" -> 521;
      default -> 0;
    };
  }

  /** Whether the certificate with this public key is for this private key. */
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
    return uncompressed(octets, CustomNamedCurves.getByOID(name));
  }

  KeyFacts facts() {
    return facts;
  }

  byte[] pkcs8() {
    return pkcs8;
  }
}
