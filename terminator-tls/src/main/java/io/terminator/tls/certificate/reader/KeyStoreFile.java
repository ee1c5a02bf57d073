package io.terminator.tls.certificate.reader;

import io.terminator.core.setting.Secret;
import io.terminator.tls.certificate.credential.CredentialProblem.Kind;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.UnrecoverableKeyException;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.jspecify.annotations.Nullable;

/**
 * Reads JKS and JCEKS: the first key entry by alias, with its chain. Detects other key stores,
 * which are not supported.
 */
final class KeyStoreFile {
  private static final int JKS = 0xfeedfeed;
  private static final int JCEKS = 0xcececece;

  /** The length of the salt in BKS and UBER, which have no magic number. */
  private static final int BKS_SALT = 20;

  private KeyStoreFile() {}

  static boolean isJks(byte[] content) {
    return number(content, 0) == JKS || number(content, 0) == JCEKS;
  }

  /** Detects a Bouncy Castle key store: a version from 0 to 2, followed by the salt. */
  static boolean isBks(byte[] content) {
    int version = number(content, 0);
    return version >= 0 && version <= 2 && number(content, 4) == BKS_SALT;
  }

  private static int number(byte[] content, int at) {
    return content.length < at + 4 ? -1 : ByteBuffer.wrap(content).getInt(at);
  }

  static KeyMaterial read(byte[] content, String place, Passwords passwords, Findings findings) {
    String type = number(content, 0) == JKS ? "JKS" : "JCEKS";
    Secret password = passwords.file();
    char[] opening = password == null ? new char[0] : password.reveal().toCharArray();
    try {
      KeyStore store = KeyStore.getInstance(type);
      store.load(new ByteArrayInputStream(content), opening);
      return material(store, type, opening, passwords, place, findings);
    } catch (IOException e) {
      if (e.getCause() instanceof UnrecoverableKeyException) {
        refusePassword(password, place, findings);
      } else if (e instanceof EOFException) {
        findings.add(
            Kind.TRUNCATED,
            place,
            "a " + type + " key store that is truncated or still being written");
      } else {
        refuseContent(type, place, findings);
      }
    } catch (GeneralSecurityException | RuntimeException e) {
      refuseContent(type, place, findings);
    } finally {
      Arrays.fill(opening, '\0');
    }
    return KeyMaterial.NONE;
  }

  private static void refusePassword(@Nullable Secret password, String place, Findings findings) {
    if (password == null) {
      PrivateKeyReader.missingPassword(place, "the key store", findings);
    } else {
      PrivateKeyReader.wrongPassword(place, "the key store", findings);
    }
  }

  private static void refuseContent(String type, String place, Findings findings) {
    findings.add(
        Kind.MALFORMED, place, "a " + type + " key store that cannot be read. Export it again");
  }

  static void severalKeys(int count, String place, Findings findings) {
    findings.add(
        Kind.SEVERAL_KEYS,
        place,
        "the key store has "
            + count
            + " keys; the first by alias is used. Expected one key in each key store");
  }

  private static KeyMaterial material(
      KeyStore store,
      String type,
      char[] opening,
      Passwords passwords,
      String place,
      Findings findings)
      throws GeneralSecurityException, IOException {
    List<String> aliases = new ArrayList<>();
    for (String alias : Collections.list(store.aliases())) {
      // A secret key, which JCEKS may hold, has no chain.
      if (store.isKeyEntry(alias) && store.getCertificateChain(alias) != null) {
        aliases.add(alias);
      }
    }
    if (aliases.isEmpty()) {
      return KeyMaterial.NONE;
    }
    Collections.sort(aliases);
    if (aliases.size() > 1) {
      severalKeys(aliases.size(), place, findings);
    }
    Key key = key(store, aliases.get(0), opening, passwords.key());
    if (key == null || key.getEncoded() == null) {
      findings.add(
          passwords.key() == null ? Kind.MISSING_PASSWORD : Kind.WRONG_PASSWORD,
          place,
          "the "
              + type
              + " key store opens, but its key has a password of its own"
              + (passwords.key() == null ? "" : ", which is not the key-password")
              + ". Expected it as `key-password` beside `password` in the configuration, or in a"
              + " file beside the store with its name and the ending .key-password, or as `keyPassword` of"
              + " an upload");
      return KeyMaterial.NONE;
    }
    List<ParsedCertificate> certificates = new ArrayList<>();
    for (Certificate certificate : store.getCertificateChain(aliases.get(0))) {
      certificates.add(new ParsedCertificate(certificate.getEncoded()));
    }
    return new KeyMaterial(certificates, List.of(PrivateKeyInfo.getInstance(key.getEncoded())));
  }

  /** Returns null if neither password decrypts the key. */
  private static @Nullable Key key(
      KeyStore store, String alias, char[] opening, @Nullable Secret keyPassword)
      throws GeneralSecurityException {
    char[] own = keyPassword == null ? opening : keyPassword.reveal().toCharArray();
    for (char[] password : List.of(own, opening)) {
      try {
        return store.getKey(alias, password);
      } catch (UnrecoverableKeyException wrong) {
        // The password of the store is tried next.
      }
    }
    return null;
  }
}
