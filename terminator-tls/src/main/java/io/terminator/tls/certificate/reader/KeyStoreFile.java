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
import java.util.Collections;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.jspecify.annotations.Nullable;

/** Reads PKCS#12, JKS and JCEKS: the first key entry, by alias, with its chain. */
final class KeyStoreFile {
  private static final int JKS = 0xfeedfeed;
  private static final int JCEKS = 0xcececece;

  private KeyStoreFile() {}

  static boolean isJks(byte[] content) {
    return magic(content) == JKS || magic(content) == JCEKS;
  }

  private static int magic(byte[] content) {
    return content.length < 4 ? 0 : ByteBuffer.wrap(content).getInt();
  }

  static KeyMaterial read(
      byte[] content, String place, @Nullable Secret password, Findings findings) {
    String type =
        switch (magic(content)) {
          case JKS -> "JKS";
          case JCEKS -> "JCEKS";
          default -> "PKCS12";
        };
    // A key store without a password is one with the empty password.
    char[] opening = password == null ? new char[0] : password.reveal().toCharArray();
    try {
      KeyStore store = KeyStore.getInstance(type);
      store.load(new ByteArrayInputStream(content), opening);
      return material(store, opening, place, findings);
    } catch (UnrecoverableKeyException e) {
      refusePassword(password, place, findings);
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

  private static KeyMaterial material(
      KeyStore store, char[] password, String place, Findings findings)
      throws GeneralSecurityException, IOException {
    List<String> aliases = new ArrayList<>();
    for (String alias : Collections.list(store.aliases())) {
      if (store.isKeyEntry(alias)) {
        aliases.add(alias);
      }
    }
    if (aliases.isEmpty()) {
      return KeyMaterial.NONE;
    }
    Collections.sort(aliases);
    if (aliases.size() > 1) {
      findings.add(
          Kind.SEVERAL_KEYS,
          place,
          "the key store has "
              + aliases.size()
              + " keys; the first by alias is used. Expected one key in each key store");
    }
    Key key = store.getKey(aliases.get(0), password);
    Certificate[] chain = store.getCertificateChain(aliases.get(0));
    List<ParsedCertificate> certificates = new ArrayList<>();
    if (chain != null) {
      for (Certificate certificate : chain) {
        certificates.add(new ParsedCertificate(certificate.getEncoded()));
      }
    }
    return new KeyMaterial(
        certificates,
        key == null || key.getEncoded() == null
            ? List.of()
            : List.of(PrivateKeyInfo.getInstance(key.getEncoded())));
  }
}
