package io.terminator.admin.client;

import io.terminator.core.file.BoundedFile;
import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.credential.CredentialProblem;
import io.terminator.tls.certificate.reader.CertificateFiles;
import io.terminator.tls.certificate.reader.CredentialLoader;
import io.terminator.tls.certificate.reader.Loaded;
import io.terminator.tls.certificate.reader.WeakKeys;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** Which servers a client trusts as the admin API, and the certificate that the client presents. */
public final class Trust {
  private static final char[] IN_MEMORY_ONLY = "none".toCharArray();

  private final SSLContext context;
  private final boolean isPinned;

  private Trust(SSLContext context, boolean isPinned) {
    this.context = context;
    this.isPinned = isPinned;
  }

  /**
   * {@code authorities} in PEM; null uses those of the Java runtime. {@code certificate} and {@code
   * key} are presented to a server that requests a certificate; null for none.
   */
  public static Trust of(@Nullable Path authorities, @Nullable Path certificate, @Nullable Path key)
      throws IOException {
    try {
      TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
      factory.init(authorities == null ? null : store(certificates(authorities)));
      return new Trust(context(shown(certificate, key), factory.getTrustManagers()), false);
    } catch (GeneralSecurityException unusable) {
      throw new IOException(
          "\"" + authorities + "\": " + unusable.getMessage() + ". Expected CA certificates in PEM",
          unusable);
    }
  }

  /** As {@link #pinned(Path, Path, Path)}, without a client certificate. */
  public static Trust pinned(Path certificate) throws IOException {
    return pinned(certificate, null, null);
  }

  /**
   * Trusts only the certificate in this file, whatever its names and issuer; for callers that have
   * the server's file. {@code shown} and {@code key} are as in {@link #of}.
   */
  public static Trust pinned(Path certificate, @Nullable Path shown, @Nullable Path key)
      throws IOException {
    try {
      X509Certificate expected = (X509Certificate) certificates(certificate).iterator().next();
      return new Trust(context(shown(shown, key), new TrustManager[] {new Pin(expected)}), true);
    } catch (GeneralSecurityException unusable) {
      throw new IOException("\"" + certificate + "\": " + unusable.getMessage(), unusable);
    }
  }

  void applyTo(HttpsURLConnection connection) {
    connection.setSSLSocketFactory(context.getSocketFactory());
    if (isPinned) {
      connection.setHostnameVerifier((name, session) -> true);
    }
  }

  private static SSLContext context(KeyManager[] shown, TrustManager[] trusted)
      throws GeneralSecurityException {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(shown, trusted, null);
    return context;
  }

  private static Collection<? extends Certificate> certificates(Path file)
      throws IOException, CertificateException {
    byte[] content = BoundedFile.read(file, BoundedFile.LARGE);
    Collection<? extends Certificate> all =
        CertificateFactory.getInstance("X.509")
            .generateCertificates(new ByteArrayInputStream(content));
    if (all.isEmpty()) {
      throw new CertificateException("contains no certificate");
    }
    return all;
  }

  private static KeyStore store(Collection<? extends Certificate> certificates)
      throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    int count = 0;
    for (Certificate certificate : certificates) {
      store.setCertificateEntry("authority-" + count++, certificate);
    }
    return store;
  }

  private static KeyManager[] shown(@Nullable Path certificate, @Nullable Path key)
      throws GeneralSecurityException, IOException {
    if (certificate == null) {
      return new KeyManager[0];
    }
    Loaded loaded =
        new CredentialLoader(InstantSource.system(), WeakKeys.ALLOWED)
            .load(new CertificateFiles("client", certificate, key == null ? certificate : key), 1);
    Credential credential = loaded.credential();
    if (credential == null) {
      throw new IOException(
          loaded.problems().stream()
              .map(CredentialProblem::message)
              .collect(Collectors.joining("; ")));
    }
    List<Certificate> chain = new ArrayList<>();
    CertificateFactory parser = CertificateFactory.getInstance("X.509");
    for (byte[] der : credential.chain()) {
      chain.add(parser.generateCertificate(new ByteArrayInputStream(der)));
    }
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setKeyEntry(
        "client", credential.key(), IN_MEMORY_ONLY, chain.toArray(Certificate[]::new));
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, IN_MEMORY_ONLY);
    return factory.getKeyManagers();
  }

  /** Extended, because otherwise the JDK would also check names. */
  private static final class Pin extends X509ExtendedTrustManager {
    private final X509Certificate expected;

    Pin(X509Certificate expected) {
      this.expected = expected;
    }

    private void check(X509Certificate[] chain) throws CertificateException {
      if (chain.length == 0 || !chain[0].equals(expected)) {
        throw new CertificateException("the server's certificate is not the one in admin.tls");
      }
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      throw new CertificateException("this trust manager does not verify clients");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      throw new CertificateException("this trust manager does not verify clients");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      throw new CertificateException("this trust manager does not verify clients");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
