package io.terminator.testkit;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.List;

/** A private key and its certificate chain, leaf first, without the root. Immutable, any thread. */
public record Credential(PrivateKey key, List<X509Certificate> chain) {

  public Credential {
    chain = List.copyOf(chain);
    if (chain.isEmpty()) {
      throw new IllegalArgumentException("chain: empty. Expected the leaf and its issuers");
    }
  }

  /** The certificate that belongs to the key. */
  public X509Certificate leaf() {
    return chain.get(0);
  }

  /** The leaf alone. */
  public String leafPem() {
    return Pem.certificates(List.of(leaf()));
  }

  /** The leaf and its issuers, as a server presents them. */
  public String chainPem() {
    return Pem.certificates(chain);
  }

  /** PKCS#8, not encrypted. */
  public String keyPem() {
    return Pem.pkcs8(key);
  }

  /** PKCS#1 for an RSA key, SEC1 for an ECDSA key. */
  public String traditionalKeyPem() {
    return Pem.traditional(key, leaf().getPublicKey());
  }

  /** PKCS#8, encrypted under {@code password}. */
  public String encryptedKeyPem(String password) {
    return Pem.encryptedPkcs8(key, password);
  }

  /** This key with the leaf alone: a server that forgot its intermediate. */
  public Credential withoutIssuers() {
    return new Credential(key, List.of(leaf()));
  }

  /** This chain with the key of {@code other}: a mistake in deployment. */
  public Credential withKeyOf(Credential other) {
    return new Credential(other.key, chain);
  }

  /** As a JDK key store with one entry, {@code password} on store and entry. */
  public KeyStore keyStore(String password) {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setKeyEntry(
          "terminator", key, password.toCharArray(), chain.toArray(Certificate[]::new));
      return store;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("cannot make a key store", e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make a key store in memory", e);
    }
  }

  /** As the bytes of a PKCS#12 file. */
  public byte[] pkcs12(String password) {
    try (ByteArrayOutputStream bytes = new ByteArrayOutputStream()) {
      keyStore(password).store(bytes, password.toCharArray());
      return bytes.toByteArray();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("cannot write a key store", e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write a key store to memory", e);
    }
  }

  /** Writes {@code NAME.crt} (full chain) and {@code NAME.key} (PKCS#8) into {@code directory}. */
  public CredentialFiles writeTo(Path directory, String name) {
    CredentialFiles files =
        new CredentialFiles(directory.resolve(name + ".crt"), directory.resolve(name + ".key"));
    try {
      Files.createDirectories(directory);
      Files.writeString(files.key(), keyPem());
      Files.writeString(files.chain(), chainPem());
      return files;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write a credential to " + directory, e);
    }
  }

  /** Names the leaf only, so that no key material reaches a log. */
  @Override
  public String toString() {
    return "Credential[" + leaf().getSubjectX500Principal() + ", chain of " + chain.size() + "]";
  }
}
