package io.terminator.tls.certificate.reader;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Supplier;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.cms.GCMParameters;
import org.bouncycastle.asn1.misc.MiscObjectIdentifiers;
import org.bouncycastle.asn1.misc.ScryptParams;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.oiw.OIWObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.EncryptedPrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.EncryptionScheme;
import org.bouncycastle.asn1.pkcs.KeyDerivationFunc;
import org.bouncycastle.asn1.pkcs.MacData;
import org.bouncycastle.asn1.pkcs.PBEParameter;
import org.bouncycastle.asn1.pkcs.PBES2Parameters;
import org.bouncycastle.asn1.pkcs.PBKDF2Params;
import org.bouncycastle.asn1.pkcs.PBMAC1Params;
import org.bouncycastle.asn1.pkcs.PKCS12PBEParams;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.RC2CBCParameter;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.crypto.BlockCipher;
import org.bouncycastle.crypto.CipherParameters;
import org.bouncycastle.crypto.Digest;
import org.bouncycastle.crypto.InvalidCipherTextException;
import org.bouncycastle.crypto.Mac;
import org.bouncycastle.crypto.PBEParametersGenerator;
import org.bouncycastle.crypto.StreamCipher;
import org.bouncycastle.crypto.digests.MD5Digest;
import org.bouncycastle.crypto.digests.SHA1Digest;
import org.bouncycastle.crypto.digests.SHA224Digest;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.digests.SHA384Digest;
import org.bouncycastle.crypto.digests.SHA512Digest;
import org.bouncycastle.crypto.engines.AESEngine;
import org.bouncycastle.crypto.engines.DESEngine;
import org.bouncycastle.crypto.engines.DESedeEngine;
import org.bouncycastle.crypto.engines.RC2Engine;
import org.bouncycastle.crypto.engines.RC4Engine;
import org.bouncycastle.crypto.generators.PKCS12ParametersGenerator;
import org.bouncycastle.crypto.generators.PKCS5S1ParametersGenerator;
import org.bouncycastle.crypto.generators.PKCS5S2ParametersGenerator;
import org.bouncycastle.crypto.generators.SCrypt;
import org.bouncycastle.crypto.macs.HMac;
import org.bouncycastle.crypto.modes.CBCBlockCipher;
import org.bouncycastle.crypto.modes.GCMBlockCipher;
import org.bouncycastle.crypto.paddings.PaddedBufferedBlockCipher;
import org.bouncycastle.crypto.params.AEADParameters;
import org.bouncycastle.crypto.params.KeyParameter;
import org.bouncycastle.crypto.params.ParametersWithIV;
import org.bouncycastle.crypto.params.RC2Parameters;

/**
 * Password-based encryption of key files: PBES2 (RFC 8018, scrypt by RFC 7914), PBES1 and PKCS#12
 * (RFC 7292 appendix B), and the MACs of PKCS#12 including PBMAC1 (RFC 9579). Uses Bouncy Castle's
 * ciphers directly: its operators require its provider and do not decrypt everything that OpenSSL
 * writes (docs/adr/0022). Limits the work that one file can cause. Not thread-safe.
 */
final class PasswordEncryption {
  private static final String PKCS12_PREFIX = "1.2.840.113549.1.12.1.";

  private static final Map<ASN1ObjectIdentifier, Supplier<Digest>> PRFS =
      Map.of(
          PKCSObjectIdentifiers.id_hmacWithSHA1, SHA1Digest::new,
          PKCSObjectIdentifiers.id_hmacWithSHA224, SHA224Digest::new,
          PKCSObjectIdentifiers.id_hmacWithSHA256, SHA256Digest::new,
          PKCSObjectIdentifiers.id_hmacWithSHA384, SHA384Digest::new,
          PKCSObjectIdentifiers.id_hmacWithSHA512, SHA512Digest::new);

  private static final Map<ASN1ObjectIdentifier, Supplier<Digest>> DIGESTS =
      Map.of(
          OIWObjectIdentifiers.idSHA1, SHA1Digest::new,
          NISTObjectIdentifiers.id_sha224, SHA224Digest::new,
          NISTObjectIdentifiers.id_sha256, SHA256Digest::new,
          NISTObjectIdentifiers.id_sha384, SHA384Digest::new,
          NISTObjectIdentifiers.id_sha512, SHA512Digest::new);

  private static final Map<ASN1ObjectIdentifier, Integer> AES_GCM =
      Map.of(
          NISTObjectIdentifiers.id_aes128_GCM, 128,
          NISTObjectIdentifiers.id_aes192_GCM, 192,
          NISTObjectIdentifiers.id_aes256_GCM, 256);

  /** The AES key size in bits, by cipher. */
  private static final Map<ASN1ObjectIdentifier, Integer> AES =
      Map.of(
          NISTObjectIdentifiers.id_aes128_CBC, 128,
          NISTObjectIdentifiers.id_aes192_CBC, 192,
          NISTObjectIdentifiers.id_aes256_CBC, 256);

  /**
   * A file could demand any amount of work. OpenSSL writes 2,048 iterations, and the most cautious
   * recommendation is 1,300,000.
   */
  private static final int MOST_ITERATIONS = 5_000_000;

  private static final long MOST_SCRYPT_MEMORY = 256L << 20;

  private static final int MOST_KEY_OCTETS = 1024;

  private long iterations;

  /** The algorithm is not supported; the message is its object identifier. */
  static final class UnknownAlgorithm extends GeneralSecurityException {
    private static final long serialVersionUID = 1L;

    UnknownAlgorithm(ASN1ObjectIdentifier name) {
      super(name.getId());
    }
  }

  /**
   * The file demands an unreasonable amount of work; the message completes a sentence about the
   * file.
   */
  static final class TooMuchWork extends GeneralSecurityException {
    private static final long serialVersionUID = 1L;

    TooMuchWork() {
      super(
          "asks for more work to derive its keys than "
              + MOST_ITERATIONS
              + " iterations or 256 MiB. Encrypt it again with fewer");
    }
  }

  /**
   * Decrypts an encrypted PKCS#8 key (RFC 5208 section 6).
   *
   * @throws GeneralSecurityException if {@code password} is wrong
   */
  PrivateKeyInfo open(EncryptedPrivateKeyInfo encrypted, char[] password)
      throws GeneralSecurityException {
    try {
      return PrivateKeyInfo.getInstance(
          decrypt(encrypted.getEncryptionAlgorithm(), encrypted.getEncryptedData(), password));
    } catch (IllegalArgumentException garbage) {
      throw new GeneralSecurityException("cannot be decrypted", garbage);
    }
  }

  /**
   * Decrypts {@code content}.
   *
   * @throws GeneralSecurityException if {@code password} is wrong
   */
  byte[] decrypt(AlgorithmIdentifier algorithm, byte[] content, char[] password)
      throws GeneralSecurityException {
    byte[] words = PBEParametersGenerator.PKCS5PasswordToUTF8Bytes(password);
    try {
      if (algorithm.getAlgorithm().equals(PKCSObjectIdentifiers.id_PBES2)) {
        return pbes2(PBES2Parameters.getInstance(algorithm.getParameters()), words, content);
      }
      return algorithm.getAlgorithm().getId().startsWith(PKCS12_PREFIX)
          ? pkcs12(algorithm, password, content)
          : pbes1(algorithm, words, content);
    } catch (InvalidCipherTextException | IllegalArgumentException | ArithmeticException e) {
      throw new GeneralSecurityException("cannot be decrypted", e);
    } finally {
      Arrays.fill(words, (byte) 0);
    }
  }

  /** Whether {@code mac} is the MAC of {@code content} under {@code password}. */
  boolean isMac(MacData mac, byte[] content, char[] password) throws GeneralSecurityException {
    AlgorithmIdentifier algorithm = mac.getMac().getAlgorithmId();
    byte[] expected = mac.getMac().getDigest();
    Mac computed;
    if (algorithm.getAlgorithm().equals(PKCSObjectIdentifiers.id_PBMAC1)) {
      PBMAC1Params parameters = PBMAC1Params.getInstance(algorithm.getParameters());
      computed = new HMac(digest(PRFS, parameters.getMessageAuthScheme().getAlgorithm()));
      byte[] words = PBEParametersGenerator.PKCS5PasswordToUTF8Bytes(password);
      // RFC 9579 section 5: the key length is always stated.
      PBKDF2Params function =
          PBKDF2Params.getInstance(parameters.getKeyDerivationFunc().getParameters());
      if (function.getKeyLength() == null
          || function.getKeyLength().bitLength() > 31
          || function.getKeyLength().intValue() > MOST_KEY_OCTETS) {
        throw new TooMuchWork();
      }
      computed.init(
          new KeyParameter(
              derive(
                  parameters.getKeyDerivationFunc(), words, function.getKeyLength().intValue())));
    } else {
      Digest digest = digest(DIGESTS, algorithm.getAlgorithm());
      computed = new HMac(digest);
      var generator = new PKCS12ParametersGenerator(digest);
      generator.init(
          PBEParametersGenerator.PKCS12PasswordToBytes(password),
          mac.getSalt(),
          counted(mac.getIterationCount()));
      computed.init(generator.generateDerivedMacParameters(8 * digest.getDigestSize()));
    }
    computed.update(content, 0, content.length);
    byte[] found = new byte[computed.getMacSize()];
    computed.doFinal(found, 0);
    return MessageDigest.isEqual(found, expected);
  }

  private static Digest digest(
      Map<ASN1ObjectIdentifier, Supplier<Digest>> known, ASN1ObjectIdentifier name)
      throws UnknownAlgorithm {
    Supplier<Digest> digest = known.get(name);
    if (digest == null) {
      throw new UnknownAlgorithm(name);
    }
    return digest.get();
  }

  /** Returns {@code count} if it is within the limit for the whole file. */
  private int counted(BigInteger count) throws TooMuchWork {
    if (count.signum() <= 0 || count.bitLength() > 31) {
      throw new TooMuchWork();
    }
    iterations += count.intValue();
    if (iterations > MOST_ITERATIONS) {
      throw new TooMuchWork();
    }
    return count.intValue();
  }

  private byte[] pbes2(PBES2Parameters parameters, byte[] words, byte[] content)
      throws GeneralSecurityException, InvalidCipherTextException {
    EncryptionScheme scheme = parameters.getEncryptionScheme();
    ASN1ObjectIdentifier cipher = scheme.getAlgorithm();
    Integer aes = AES.get(cipher);
    if (aes != null) {
      byte[] key = derive(functionOf(parameters), words, aes / 8);
      return cbc(AESEngine.newInstance(), new KeyParameter(key), iv(scheme), content);
    }
    if (cipher.equals(PKCSObjectIdentifiers.des_EDE3_CBC)) {
      byte[] key = derive(functionOf(parameters), words, 24);
      return cbc(new DESedeEngine(), new KeyParameter(key), iv(scheme), content);
    }
    if (cipher.equals(PKCSObjectIdentifiers.RC2_CBC)) {
      RC2CBCParameter rc2 = RC2CBCParameter.getInstance(scheme.getParameters());
      byte[] key = derive(functionOf(parameters), words, 16);
      return cbc(new RC2Engine(), new RC2Parameters(key, 128), rc2.getIV(), content);
    }
    Integer gcm = AES_GCM.get(cipher);
    if (gcm != null) {
      byte[] key = derive(functionOf(parameters), words, gcm / 8);
      return gcm(key, GCMParameters.getInstance(scheme.getParameters()), content);
    }
    throw new UnknownAlgorithm(cipher);
  }

  private static byte[] gcm(byte[] key, GCMParameters parameters, byte[] content)
      throws InvalidCipherTextException {
    var cipher = GCMBlockCipher.newInstance(AESEngine.newInstance());
    cipher.init(
        false,
        new AEADParameters(
            new KeyParameter(key), 8 * parameters.getIcvLen(), parameters.getNonce()));
    byte[] plain = new byte[cipher.getOutputSize(content.length)];
    int length = cipher.processBytes(content, 0, content.length, plain, 0);
    return Arrays.copyOf(plain, length + cipher.doFinal(plain, length));
  }

  private static long scryptMemory(ScryptParams scrypt) {
    BigInteger memory =
        scrypt
            .getCostParameter()
            .multiply(scrypt.getParallelizationParameter())
            .multiply(scrypt.getBlockSize())
            .multiply(BigInteger.valueOf(128));
    return memory.signum() <= 0 || memory.bitLength() > 62 ? Long.MAX_VALUE : memory.longValue();
  }

  private static AlgorithmIdentifier functionOf(PBES2Parameters parameters) {
    KeyDerivationFunc function = parameters.getKeyDerivationFunc();
    return new AlgorithmIdentifier(function.getAlgorithm(), function.getParameters());
  }

  private static byte[] iv(EncryptionScheme scheme) {
    return ASN1OctetString.getInstance(scheme.getParameters()).getOctets();
  }

  private byte[] derive(AlgorithmIdentifier function, byte[] words, int length)
      throws GeneralSecurityException {
    if (function.getAlgorithm().equals(MiscObjectIdentifiers.id_scrypt)) {
      ScryptParams scrypt = ScryptParams.getInstance(function.getParameters());
      if (scryptMemory(scrypt) > MOST_SCRYPT_MEMORY) {
        throw new TooMuchWork();
      }
      return SCrypt.generate(
          words,
          scrypt.getSalt(),
          scrypt.getCostParameter().intValueExact(),
          scrypt.getBlockSize().intValueExact(),
          scrypt.getParallelizationParameter().intValueExact(),
          length);
    }
    if (!function.getAlgorithm().equals(PKCSObjectIdentifiers.id_PBKDF2)) {
      throw new UnknownAlgorithm(function.getAlgorithm());
    }
    PBKDF2Params pbkdf2 = PBKDF2Params.getInstance(function.getParameters());
    var generator = new PKCS5S2ParametersGenerator(digest(PRFS, pbkdf2.getPrf().getAlgorithm()));
    generator.init(words, pbkdf2.getSalt(), counted(pbkdf2.getIterationCount()));
    return ((KeyParameter) generator.generateDerivedParameters(8 * length)).getKey();
  }

  private byte[] pkcs12(AlgorithmIdentifier algorithm, char[] characters, byte[] content)
      throws GeneralSecurityException, InvalidCipherTextException {
    PKCS12PBEParams parameters = PKCS12PBEParams.getInstance(algorithm.getParameters());
    var generator = new PKCS12ParametersGenerator(new SHA1Digest());
    generator.init(
        PBEParametersGenerator.PKCS12PasswordToBytes(characters),
        parameters.getIV(),
        counted(parameters.getIterations()));
    ASN1ObjectIdentifier name = algorithm.getAlgorithm();
    if (name.equals(PKCSObjectIdentifiers.pbeWithSHAAnd3_KeyTripleDES_CBC)) {
      return cbc(new DESedeEngine(), generator, 192, content);
    }
    if (name.equals(PKCSObjectIdentifiers.pbeWithSHAAnd2_KeyTripleDES_CBC)) {
      return cbc(new DESedeEngine(), generator, 128, content);
    }
    if (name.equals(PKCSObjectIdentifiers.pbeWithSHAAnd128BitRC2_CBC)) {
      return cbc(new RC2Engine(), generator, 128, content);
    }
    if (name.equals(PKCSObjectIdentifiers.pbeWithSHAAnd40BitRC2_CBC)) {
      return cbc(new RC2Engine(), generator, 40, content);
    }
    if (name.equals(PKCSObjectIdentifiers.pbeWithSHAAnd128BitRC4)) {
      return rc4(generator.generateDerivedParameters(128), content);
    }
    if (name.equals(PKCSObjectIdentifiers.pbeWithSHAAnd40BitRC4)) {
      return rc4(generator.generateDerivedParameters(40), content);
    }
    throw new UnknownAlgorithm(name);
  }

  private byte[] pbes1(AlgorithmIdentifier algorithm, byte[] words, byte[] content)
      throws GeneralSecurityException, InvalidCipherTextException {
    ASN1ObjectIdentifier name = algorithm.getAlgorithm();
    boolean isRc2 =
        name.equals(PKCSObjectIdentifiers.pbeWithMD5AndRC2_CBC)
            || name.equals(PKCSObjectIdentifiers.pbeWithSHA1AndRC2_CBC);
    Digest digest;
    if (name.equals(PKCSObjectIdentifiers.pbeWithMD5AndDES_CBC)
        || name.equals(PKCSObjectIdentifiers.pbeWithMD5AndRC2_CBC)) {
      digest = new MD5Digest();
    } else if (isRc2 || name.equals(PKCSObjectIdentifiers.pbeWithSHA1AndDES_CBC)) {
      digest = new SHA1Digest();
    } else {
      throw new UnknownAlgorithm(name);
    }
    PBEParameter parameters = PBEParameter.getInstance(algorithm.getParameters());
    var generator = new PKCS5S1ParametersGenerator(digest);
    generator.init(words, parameters.getSalt(), counted(parameters.getIterationCount()));
    return cbc(isRc2 ? new RC2Engine() : new DESEngine(), generator, 64, content);
  }

  private static byte[] cbc(
      BlockCipher engine, PBEParametersGenerator generator, int bits, byte[] content)
      throws InvalidCipherTextException {
    var derived =
        (ParametersWithIV) generator.generateDerivedParameters(bits, 8 * engine.getBlockSize());
    byte[] key = ((KeyParameter) derived.getParameters()).getKey();
    CipherParameters parameters =
        engine instanceof RC2Engine ? new RC2Parameters(key, bits) : new KeyParameter(key);
    return cbc(engine, parameters, derived.getIV(), content);
  }

  private static byte[] cbc(BlockCipher engine, CipherParameters key, byte[] iv, byte[] content)
      throws InvalidCipherTextException {
    var cipher = new PaddedBufferedBlockCipher(CBCBlockCipher.newInstance(engine));
    cipher.init(false, new ParametersWithIV(key, iv));
    byte[] plain = new byte[cipher.getOutputSize(content.length)];
    int length = cipher.processBytes(content, 0, content.length, plain, 0);
    return Arrays.copyOf(plain, length + cipher.doFinal(plain, length));
  }

  private static byte[] rc4(CipherParameters key, byte[] content) {
    StreamCipher cipher = new RC4Engine();
    cipher.init(false, key);
    byte[] plain = new byte[content.length];
    cipher.processBytes(content, 0, content.length, plain, 0);
    return plain;
  }
}
