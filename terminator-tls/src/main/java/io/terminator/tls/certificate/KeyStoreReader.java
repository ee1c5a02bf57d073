package io.terminator.tls.certificate;

import io.terminator.tls.certificate.CredentialProblem.Kind;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.UnrecoverableKeyException;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the one private key of a PKCS#12 (RFC 7292) or JKS file with its chain. */
final class KeyStoreReader {
  private static final int JKS_MAGIC = 0xfeedfeed;

  private KeyStoreReader() {}

  record Entry(List<X509Certificate> chain, PrivateKey key) {}

  /** By content: DER's SEQUENCE with a long length, or JKS's magic number. */
  static boolean isKeyStore(byte[] bytes) {
    return bytes.length > 4
        && ((bytes[0] == 0x30 && (bytes[1] & 0x80) != 0) || isJks(bytes));
  }

  private static boolean isJks(byte[] bytes) {
    int first =
        (bytes[0] & 0xff) << 24 | (bytes[1] & 0xff) << 16 | (bytes[2] & 0xff) << 8 | bytes[3] & 0xff;
    return first == JKS_MAGIC;
  }

  static Entry read(CredentialLoader.Source source, char @Nullable [] password) throws CredentialException {
    char[] secret = password == null ? new char[0] : password;
    try {
      KeyStore store = KeyStore.getInstance(isJks(source.bytes()) ? "JKS" : "PKCS12");
      store.load(new ByteArrayInputStream(source.bytes()), secret);
      for (String alias : Collections.list(store.aliases())) {
        if (store.isKeyEntry(alias) && store.getKey(alias, secret) instanceof PrivateKey key) {
          List<X509Certificate> chain = new ArrayList<>();
          Certificate[] certificates = store.getCertificateChain(alias);
          for (Certificate certificate : certificates == null ? new Certificate[0] : certificates) {
            chain.add((X509Certificate) certificate);
          }
          if (!chain.isEmpty()) {
            return new Entry(chain, key);
          }
        }
      }
    } catch (UnrecoverableKeyException wrong) {
      throw wrongPassword(source, password);
    } catch (IOException failure) {
      if (failure.getCause() instanceof UnrecoverableKeyException) {
        throw wrongPassword(source, password);
      }
      throw new CredentialException(
          Kind.NOT_PEM, source.name(), "is neither PEM nor a whole PKCS#12 or JKS file; expected one of these");
    } catch (GeneralSecurityException | RuntimeException failure) {
      throw new CredentialException(
          Kind.BAD_KEY, source.name(), "is a key store that can't be read: " + failure.getMessage());
    }
    throw new CredentialException(
        Kind.NO_KEY, source.name(), "is a key store without a private key and its certificate; expected one entry of both");
  }

  private static CredentialException wrongPassword(CredentialLoader.Source source, char @Nullable [] password) {
    return password == null
        ? new CredentialException(
            Kind.KEY_ENCRYPTED, source.name(), "is protected by a password and none is configured; set certificates[].password")
        : new CredentialException(
            Kind.WRONG_PASSWORD, source.name(), "does not open with the configured password; check certificates[].password");
  }
}
