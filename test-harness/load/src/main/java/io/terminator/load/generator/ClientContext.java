package io.terminator.load.generator;

import io.netty.internal.tcnative.CertificateVerifier;
import io.netty.internal.tcnative.Library;
import io.netty.internal.tcnative.SSL;
import io.netty.internal.tcnative.SSLContext;
import io.netty.internal.tcnative.SSLSession;
import io.netty.internal.tcnative.SSLSessionCache;
import io.netty.util.internal.NativeLibraryLoader;
import io.netty.util.internal.PlatformDependent;

/**
 * The TLS settings of the generator's clients: one version, X25519, one cipher suite. BoringSSL
 * cannot select TLS 1.3 suites, so the servers are configured for AES-128-GCM there; the other
 * suites are measured over TLS 1.2, where the client can require them. Keeps one session for
 * resumption. One thread.
 *
 * <p>The probe compares the certificate once per target, not in every handshake; the signature over
 * the handshake is always verified.
 */
public final class ClientContext implements AutoCloseable {

  /** A TLS version with the cipher suite that clients offer. */
  public enum Suite {
    TLS13_AES128("TLSv1.3", "TLS_AES_128_GCM_SHA256"),
    TLS12_AES128("TLSv1.2", "ECDHE-ECDSA-AES128-GCM-SHA256"),
    TLS12_AES256("TLSv1.2", "ECDHE-ECDSA-AES256-GCM-SHA384"),
    TLS12_CHACHA20("TLSv1.2", "ECDHE-ECDSA-CHACHA20-POLY1305");

    private final String version;
    private final String cipher;

    Suite(String version, String cipher) {
      this.version = version;
      this.cipher = cipher;
    }

    public String version() {
      return version;
    }

    /** In OpenSSL's spelling. */
    public String cipher() {
      return cipher;
    }
  }

  private static final String GROUP = "X25519";
  private static final int X509_OK = 0;
  private static final long NONE = 0;

  private final Suite suite;
  private final long context;
  private final boolean resuming;
  private long session = NONE;

  /** {@code resuming} clients offer the last session that they received, if any. */
  public ClientContext(Suite suite, boolean resuming) {
    this.suite = suite;
    this.resuming = resuming;
    Loading.once();
    try {
      context =
          SSLContext.make(
              suite == Suite.TLS13_AES128 ? SSL.SSL_PROTOCOL_TLSV1_3 : SSL.SSL_PROTOCOL_TLSV1_2,
              SSL.SSL_MODE_CLIENT);
      if (suite != Suite.TLS13_AES128 && !SSLContext.setCipherSuite(context, suite.cipher, false)) {
        throw new IllegalStateException("BoringSSL does not know " + suite.cipher);
      }
    } catch (Exception refused) {
      throw new IllegalStateException("no TLS client for " + suite, refused);
    }
    // The protocols given to make leave TLS 1.3 on.
    SSLContext.setOptions(
        context, suite == Suite.TLS13_AES128 ? SSL.SSL_OP_NO_TLSv1_2 : SSL.SSL_OP_NO_TLSv1_3);
    // TLS 1.2 has one list for key exchange and for the curve of the server's key.
    String[] groups =
        suite == Suite.TLS13_AES128 ? new String[] {GROUP} : new String[] {GROUP, "P-256"};
    if (!SSLContext.setCurvesList(context, groups)) {
      throw new IllegalStateException("BoringSSL does not know " + String.join(", ", groups));
    }
    SSLContext.setVerify(context, SSL.SSL_CVERIFY_REQUIRED, 10);
    SSLContext.setCertVerifyCallback(context, new AnyCertificate());
    // A first visit asks for a ticket as a browser's does: the server's work for it counts.
    SSLContext.setSessionCacheMode(
        context, SSL.SSL_SESS_CACHE_CLIENT | SSL.SSL_SESS_CACHE_NO_INTERNAL_STORE);
    SSLContext.clearOptions(context, SSL.SSL_OP_NO_TICKET);
    if (resuming) {
      SSLContext.setSSLSessionCache(context, new LastSession());
    }
  }

  public Suite suite() {
    return suite;
  }

  public boolean isResuming() {
    return resuming;
  }

  /** Whether there is a session to resume. */
  public boolean hasSession() {
    return session != NONE;
  }

  /** A native connection with the server name and, if there is one, the session to resume. */
  long newSsl(String serverName) {
    long ssl = SSL.newSSL(context, false);
    SSL.setTlsExtHostName(ssl, serverName);
    if (session != NONE && !SSL.setSession(ssl, session)) {
      throw new IllegalStateException("BoringSSL refused the session");
    }
    return ssl;
  }

  @Override
  public void close() {
    if (session != NONE) {
      SSLSession.free(session);
      session = NONE;
    }
    SSLContext.free(context);
  }

  private final class LastSession implements SSLSessionCache {
    @Override
    public boolean sessionCreated(long ssl, long created) {
      if (session != NONE) {
        // The first one resumes as well as the latest: tickets are not single-use for the peers.
        return false;
      }
      session = created;
      return true;
    }

    @Override
    public long getSession(long sslContext, byte[] id) {
      return -1;
    }
  }

  /** The probe compares the certificate; here only the signature over the handshake is verified. */
  private static final class AnyCertificate extends CertificateVerifier {
    @Override
    public int verify(long ssl, byte[][] chain, String algorithm) {
      return X509_OK;
    }
  }

  private static final class Loading {
    private static boolean loaded;

    static synchronized void once() {
      if (loaded) {
        return;
      }
      try {
        NativeLibraryLoader.loadFirstAvailable(
            SSL.class.getClassLoader(),
            "netty_tcnative_linux_" + PlatformDependent.normalizedArch(),
            "netty_tcnative");
        Library.initialize("provided", null);
      } catch (Exception failure) {
        throw new IllegalStateException("the generator has no BoringSSL", failure);
      }
      loaded = true;
    }
  }
}
