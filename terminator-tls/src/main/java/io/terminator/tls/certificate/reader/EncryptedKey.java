package io.terminator.tls.certificate.reader;

import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Supplier;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.misc.MiscObjectIdentifiers;
import org.bouncycastle.asn1.misc.ScryptParams;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.EncryptedPrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.EncryptionScheme;
import org.bouncycastle.asn1.pkcs.KeyDerivationFunc;
import org.bouncycastle.asn1.pkcs.PBEParameter;
import org.bouncycastle.asn1.pkcs.PBES2Parameters;
import org.bouncycastle.asn1.pkcs.PBKDF2Params;
import org.bouncycastle.asn1.pkcs.PKCS12PBEParams;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.RC2CBCParameter;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.crypto.BlockCipher;
import org.bouncycastle.crypto.CipherParameters;
import org.bouncycastle.crypto.Digest;
import org.bouncycastle.crypto.InvalidCipherTextException;
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
import org.bouncycastle.crypto.modes.CBCBlockCipher;
import org.bouncycastle.crypto.paddings.PaddedBufferedBlockCipher;
import org.bouncycastle.crypto.params.KeyParameter;
import org.bouncycastle.crypto.params.ParametersWithIV;
import org.bouncycastle.crypto.params.RC2Parameters;

/**
 * Opens an encrypted PKCS#8 key (RFC 5208 section 6) by PBES2 (RFC 8018, scrypt by RFC 7914), PBES1 or PKCS#12 (RFC 7292
 * appendix B): all that OpenSSL writes. By Bouncy Castle's ciphers themselves, since its provider names every algorithm there
 * is, so that none could be left out of the image. Any thread.
 */
final class EncryptedKey {
  private static final String PKCS12_PREFIX = "1.2.840.113549.1.12.1.";

  private static final Map<ASN1ObjectIdentifier, Supplier<Digest>> PRFS =
      Map.of(
          PKCSObjectIdentifiers.id_hmacWithSHA1, SHA1Digest::new,
          PKCSObjectIdentifiers.id_hmacWithSHA224, SHA224Digest::new,
          PKCSObjectIdentifiers.id_hmacWithSHA256, SHA256Digest::new,
          PKCSObjectIdentifiers.id_hmacWithSHA384, SHA384Digest::new,
          PKCSObjectIdentifiers.id_hmacWithSHA512, SHA512Digest::new);

  /** Bits of a key of AES by the cipher's name. */
  private static final Map<ASN1ObjectIdentifier, Integer> AES =
      Map.of(
          NISTObjectIdentifiers.id_aes128_CBC, 128,
          NISTObjectIdentifiers.id_aes192_CBC, 192,
          NISTObjectIdentifiers.id_aes256_CBC, 256);

  /** The algorithm is none of those; the message is its object identifier. */
  static final class UnknownAlgorithm extends GeneralSecurityException {
    private static final long serialVersionUID = 1L;

    UnknownAlgorithm(ASN1ObjectIdentifier name) {
      super(name.getId());
    }
  }

  private EncryptedKey() {}

  /**
   * Takes as long as the file asks for: whoever calls looks at that before.
   *
   * @throws GeneralSecurityException where {@code password} does not fit
   */
  static PrivateKeyInfo open(EncryptedPrivateKeyInfo encrypted, String password)
      throws GeneralSecurityException {
    AlgorithmIdentifier algorithm = encrypted.getEncryptionAlgorithm();
    byte[] content = encrypted.getEncryptedData();
    char[] characters = password.toCharArray();
    byte[] words = PBEParametersGenerator.PKCS5PasswordToUTF8Bytes(characters);
    try {
      byte[] plain;
      if (algorithm.getAlgorithm().equals(PKCSObjectIdentifiers.id_PBES2)) {
        plain = pbes2(PBES2Parameters.getInstance(algorithm.getParameters()), words, content);
      } else if (algorithm.getAlgorithm().getId().startsWith(PKCS12_PREFIX)) {
        plain = pkcs12(algorithm, characters, content);
      } else {
        plain = pbes1(algorithm, words, content);
      }
      return PrivateKeyInfo.getInstance(plain);
    } catch (InvalidCipherTextException | IllegalArgumentException wrongPassword) {
      throw new GeneralSecurityException("cannot be decrypted", wrongPassword);
    } finally {
      Arrays.fill(characters, '\0');
      Arrays.fill(words, (byte) 0);
    }
  }

  private static byte[] pbes2(PBES2Parameters parameters, byte[] words, byte[] content)
      throws UnknownAlgorithm, InvalidCipherTextException {
    EncryptionScheme scheme = parameters.getEncryptionScheme();
    ASN1ObjectIdentifier cipher = scheme.getAlgorithm();
    Integer aes = AES.get(cipher);
    if (aes != null) {
      byte[] key = derive(parameters.getKeyDerivationFunc(), words, aes / 8);
      return cbc(AESEngine.newInstance(), new KeyParameter(key), iv(scheme), content);
    }
    if (cipher.equals(PKCSObjectIdentifiers.des_EDE3_CBC)) {
      byte[] key = derive(parameters.getKeyDerivationFunc(), words, 24);
      return cbc(new DESedeEngine(), new KeyParameter(key), iv(scheme), content);
    }
    if (cipher.equals(PKCSObjectIdentifiers.RC2_CBC)) {
      RC2CBCParameter rc2 = RC2CBCParameter.getInstance(scheme.getParameters());
      byte[] key = derive(parameters.getKeyDerivationFunc(), words, 16);
      return cbc(new RC2Engine(), new RC2Parameters(key, 128), rc2.getIV(), content);
    }
    throw new UnknownAlgorithm(cipher);
  }

  private static byte[] iv(EncryptionScheme scheme) {
    return ASN1OctetString.getInstance(scheme.getParameters()).getOctets();
  }

  private static byte[] derive(KeyDerivationFunc function, byte[] words, int length)
      throws UnknownAlgorithm {
    if (function.getAlgorithm().equals(MiscObjectIdentifiers.id_scrypt)) {
      ScryptParams scrypt = ScryptParams.getInstance(function.getParameters());
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
    Supplier<Digest> prf = PRFS.get(pbkdf2.getPrf().getAlgorithm());
    if (prf == null) {
      throw new UnknownAlgorithm(pbkdf2.getPrf().getAlgorithm());
    }
    var generator = new PKCS5S2ParametersGenerator(prf.get());
    generator.init(words, pbkdf2.getSalt(), pbkdf2.getIterationCount().intValueExact());
    return ((KeyParameter) generator.generateDerivedParameters(8 * length)).getKey();
  }

  private static byte[] pkcs12(AlgorithmIdentifier algorithm, char[] characters, byte[] content)
      throws UnknownAlgorithm, InvalidCipherTextException {
    PKCS12PBEParams parameters = PKCS12PBEParams.getInstance(algorithm.getParameters());
    var generator = new PKCS12ParametersGenerator(new SHA1Digest());
    generator.init(
        PBEParametersGenerator.PKCS12PasswordToBytes(characters),
        parameters.getIV(),
        parameters.getIterations().intValueExact());
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

  private static byte[] pbes1(AlgorithmIdentifier algorithm, byte[] words, byte[] content)
      throws UnknownAlgorithm, InvalidCipherTextException {
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
    generator.init(words, parameters.getSalt(), parameters.getIterationCount().intValueExact());
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
