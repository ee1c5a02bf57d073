package io.terminator.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * A temporary certificate authority in memory: a root, an intermediate, and any leaf that a test
 * requests, valid or not. Clients trust the root only. Immutable, any thread.
 */
public final class TestCa {

  private static final String STORE_PASSWORD = "not a secret";

  private final String organization;
  private final Credential root;
  private final Credential intermediate;

  private TestCa(String organization, Credential root, Credential intermediate) {
    this.organization = organization;
    this.root = root;
    this.intermediate = intermediate;
  }

  /** A new authority of ECDSA keys, valid for a year. */
  public static TestCa create() {
    return create("Terminator Test", KeyAlgorithm.ECDSA_P256, Validity.of(Duration.ofDays(365)));
  }

  /** A new authority; root and intermediate share {@code algorithm} and {@code validity}. */
  public static TestCa create(String organization, KeyAlgorithm algorithm, Validity validity) {
    KeyPair rootKey = algorithm.generate();
    X509Certificate root =
        CertificateMint.root(organization, rootKey, algorithm.signature(), validity);
    KeyPair intermediateKey = algorithm.generate();
    Credential rootCredential = new Credential(rootKey.getPrivate(), List.of(root));
    X509Certificate intermediate =
        CertificateMint.intermediate(
            organization, intermediateKey.getPublic(), rootCredential, validity);
    return new TestCa(
        organization,
        rootCredential,
        new Credential(intermediateKey.getPrivate(), List.of(intermediate)));
  }

  /** The root's certificate and key. */
  public Credential root() {
    return root;
  }

  /** The certificate and key that sign every leaf. */
  public Credential intermediate() {
    return intermediate;
  }

  /** The root as PEM, for a client's trust store. */
  public String rootPem() {
    return root.leafPem();
  }

  /** The intermediate as PEM. */
  public String intermediatePem() {
    return intermediate.leafPem();
  }

  /** A server certificate for these DNS names (wildcards too) and IP addresses. */
  public LeafRequest leaf(String... names) {
    return new LeafRequest(this, List.of(names));
  }

  /** An ECDSA server credential for these names. */
  public Credential server(String... names) {
    return leaf(names).issue();
  }

  /** A client credential with this common name. */
  public Credential client(String commonName) {
    return new LeafRequest(this, List.of()).commonName(commonName).forClient().issue();
  }

  /** Expired a day ago. */
  public Credential expired(String name) {
    return leaf(name).validity(Validity.expired()).issue();
  }

  /** Valid from tomorrow on. */
  public Credential notYetValid(String name) {
    return leaf(name).validity(Validity.notYet()).issue();
  }

  /** A chain with a key that does not belong to it. */
  public Credential wrongKey(String name) {
    return server(name).withKeyOf(server(name));
  }

  /** An RSA key of 1024 bits. */
  public Credential weak(String name) {
    return leaf(name).algorithm(KeyAlgorithm.RSA_1024).issue();
  }

  /** The intermediate's revocation list with these certificates on it, valid for a week. */
  public X509CRL crl(X509Certificate... revoked) {
    return RevocationMint.crl(intermediate, Validity.of(Duration.ofDays(7)), List.of(revoked));
  }

  /** As above with another validity, for example an expired list. */
  public X509CRL crl(Validity validity, X509Certificate... revoked) {
    return RevocationMint.crl(intermediate, validity, List.of(revoked));
  }

  /** A signed OCSP response in DER for a leaf of this authority, to be stapled by a server. */
  public byte[] ocspResponse(X509Certificate leaf, OcspStatus status, Validity validity) {
    return RevocationMint.ocspResponse(
        intermediate,
        RevocationMint.id(intermediate, leaf.getSerialNumber()),
        status,
        validity,
        null);
  }

  /** A trust store with the root in it. */
  public KeyStore trustStore() {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setCertificateEntry("root", root.leaf());
      return store;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("cannot make a trust store", e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make a trust store in memory", e);
    }
  }

  /** A new JDK context that trusts this authority. Session caches belong to a context. */
  public SSLContext clientContext() {
    return context(null);
  }

  /**
   * As {@link #clientContext()}, with {@code client} as the certificate for servers that request
   * one.
   */
  public SSLContext clientContext(Credential client) {
    return context(client);
  }

  /** A JDK context that serves {@code server} and trusts clients of this authority. */
  public SSLContext serverContext(Credential server) {
    return context(server);
  }

  Credential issue(LeafRequest request) {
    KeyPair keyPair = request.keyPair == null ? request.algorithm.generate() : request.keyPair;
    X509Certificate leaf =
        CertificateMint.leaf(organization, keyPair.getPublic(), intermediate, request);
    return new Credential(keyPair.getPrivate(), List.of(leaf, intermediate.leaf()));
  }

  private SSLContext context(@Nullable Credential own) {
    try {
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(trustStore());
      KeyManager[] keys = null;
      if (own != null) {
        KeyManagerFactory factory =
            KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(own.keyStore(STORE_PASSWORD), STORE_PASSWORD.toCharArray());
        keys = factory.getKeyManagers();
      }
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys, trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("cannot make a TLS context", e);
    }
  }
}
