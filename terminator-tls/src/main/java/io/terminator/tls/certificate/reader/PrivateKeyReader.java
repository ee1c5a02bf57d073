package io.terminator.tls.certificate.reader;

import io.terminator.core.setting.Secret;
import io.terminator.tls.certificate.credential.CredentialProblem.Kind;
import java.io.IOException;
import java.io.StringReader;
import java.security.GeneralSecurityException;
import java.util.function.Supplier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.pkcs.EncryptedPrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.RSAPrivateKey;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.openssl.PEMEncryptedKeyPair;
import org.bouncycastle.openssl.PEMException;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.bc.BcPEMDecryptorProvider;
import org.jspecify.annotations.Nullable;

/** Reads a private key in PKCS#1, SEC1 or PKCS#8, encrypted or not, and turns it into PKCS#8. */
final class PrivateKeyReader {
  private PrivateKeyReader() {}

  static @Nullable PrivateKeyInfo read(
      PemReader.Block block, String place, @Nullable Secret password, Findings findings) {
    if (block.isEncrypted()) {
      return decryptTraditional(block, place, block.where(), password, findings);
    }
    return readDer(block.der(), place, block::where, password, findings);
  }

  static @Nullable PrivateKeyInfo readDer(
      byte[] der,
      String place,
      Supplier<String> where,
      @Nullable Secret password,
      Findings findings) {
    try {
      return switch (DerFormat.of(der)) {
        case PKCS8 -> PrivateKeyInfo.getInstance(der);
        case PKCS1 -> pkcs1(RSAPrivateKey.getInstance(der));
        case SEC1 -> sec1(ECPrivateKey.getInstance(der));
        case ENCRYPTED_PKCS8 -> decrypt(der, place, where.get(), password, findings);
        case CERTIFICATE, PKCS12, BCFKS, CUT_OFF, UNKNOWN ->
            malformed(place, where.get(), findings);
      };
    } catch (IOException | RuntimeException e) {
      return malformed(place, where.get(), findings);
    }
  }

  private static @Nullable PrivateKeyInfo malformed(String place, String where, Findings findings) {
    findings.add(
        Kind.MALFORMED,
        place,
        where + " is not a private key that can be read. Copy the file again");
    return null;
  }

  private static PrivateKeyInfo pkcs1(RSAPrivateKey key) throws IOException {
    return new PrivateKeyInfo(
        new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE), key);
  }

  private static PrivateKeyInfo sec1(ECPrivateKey key) throws IOException {
    return new PrivateKeyInfo(
        new AlgorithmIdentifier(X9ObjectIdentifiers.id_ecPublicKey, key.getParametersObject()),
        key);
  }

  private static @Nullable PrivateKeyInfo decrypt(
      byte[] der, String place, String where, @Nullable Secret password, Findings findings) {
    if (password == null) {
      return missingPassword(place, where, findings);
    }
    try {
      return new PasswordEncryption()
          .open(EncryptedPrivateKeyInfo.getInstance(der), password.reveal().toCharArray());
    } catch (PasswordEncryption.UnknownAlgorithm unknown) {
      findings.add(
          Kind.UNSUPPORTED_KEY,
          place,
          where
              + " is encrypted with an unsupported algorithm ("
              + unknown.getMessage()
              + "). Encrypt it again with openssl pkcs8 -topk8");
      return null;
    } catch (PasswordEncryption.TooMuchWork work) {
      findings.add(Kind.MALFORMED, place, where + " " + work.getMessage());
      return null;
    } catch (GeneralSecurityException | RuntimeException e) {
      return wrongPassword(place, where, findings);
    }
  }

  private static @Nullable PrivateKeyInfo decryptTraditional(
      PemReader.Block block,
      String place,
      String where,
      @Nullable Secret password,
      Findings findings) {
    if (password == null) {
      return missingPassword(place, where, findings);
    }
    try (PEMParser parser = new PEMParser(new StringReader(block.text()))) {
      if (parser.readObject() instanceof PEMEncryptedKeyPair encrypted) {
        return encrypted
            .decryptKeyPair(new BcPEMDecryptorProvider(password.reveal().toCharArray()))
            .getPrivateKeyInfo();
      }
      return malformed(place, where, findings);
    } catch (PEMException | RuntimeException e) {
      return wrongPassword(place, where, findings);
    } catch (IOException e) {
      return malformed(place, where, findings);
    }
  }

  static @Nullable PrivateKeyInfo missingPassword(String place, String where, Findings findings) {
    findings.add(
        Kind.MISSING_PASSWORD,
        place,
        where
            + " is encrypted and no password is known. Expected `password` next to `key` in the"
            + " configuration, or a file beside it with its name and the ending .password, or"
            + " `password` of an upload, which is JSON or a multipart form");
    return null;
  }

  static @Nullable PrivateKeyInfo wrongPassword(String place, String where, Findings findings) {
    findings.add(
        Kind.WRONG_PASSWORD,
        place,
        where
            + " cannot be decrypted with the password given for it. Expected the password"
            + " that it was encrypted with; check for a line break at its end");
    return null;
  }
}
