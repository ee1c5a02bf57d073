package io.terminator.tls.engine;

import io.netty.internal.tcnative.CertificateVerifier;
import io.netty.internal.tcnative.SSL;
import io.netty.internal.tcnative.SSLContext;
import io.terminator.core.chain.ByteStream;
import io.terminator.core.chain.Side;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * An immutable context for outgoing connections: what is offered, and the client certificate.
 * Reference-counted like {@link TlsContext}. Thread-safe.
 */
public final class TlsClientContext implements TlsStream.Owner {
  private static final int DEEPEST_CHAIN = 10;

  private final BoringSsl library;
  private final long handle;
  private final Judges judges;
  private final AtomicInteger holders = new AtomicInteger(1);

  private TlsClientContext(BoringSsl library, long handle, Judges judges) {
    this.library = library;
    this.handle = handle;
    this.judges = judges;
    library.contextMade();
  }

  /** The judge of each connection, by its native address. */
  private static final class Judges extends CertificateVerifier {
    private final Map<Long, ChainJudge> bySsl = new ConcurrentHashMap<>();

    @Override
    public int verify(long ssl, byte[][] chain, String algorithm) {
      ChainJudge judge = bySsl.get(ssl);
      return judge != null && judge.refusal(chain) == null ? X509_V_OK : X509_V_ERR_CERT_UNTRUSTED;
    }
  }

  /** {@code pair} is presented to servers that request a certificate. */
  public static TlsClientContext make(
      BoringSsl library, TlsSettings settings, @Nullable KeyPair pair) throws TlsContextException {
    long handle = 0;
    try {
      int versions =
          (settings.tls12() ? SSL.SSL_PROTOCOL_TLSV1_2 : 0)
              | (settings.tls13() ? SSL.SSL_PROTOCOL_TLSV1_3 : 0);
      handle = SSLContext.make(versions, SSL.SSL_MODE_CLIENT);
      TlsContext.configure(handle, settings);
      if (pair != null) {
        TlsContext.addCredential(handle, pair);
      }
      Judges judges = new Judges();
      SSLContext.setVerify(handle, SSL.SSL_CVERIFY_REQUIRED, DEEPEST_CHAIN);
      SSLContext.setCertVerifyCallback(handle, judges);
      TlsClientContext context = new TlsClientContext(library, handle, judges);
      handle = 0;
      return context;
    } catch (Exception failure) {
      throw new TlsContextException(
          "BoringSSL refused the context: " + failure.getMessage(), failure);
    } finally {
      if (handle != 0) {
        SSLContext.free(handle);
      }
    }
  }

  /**
   * Creates a stream to one server; it retains this context until it is released. {@code
   * serverName} is sent as SNI; null sends none. The caller must hold this context too.
   */
  public TlsStream newStream(ByteStream below, @Nullable String serverName, ChainJudge judge) {
    if (!tryRetain()) {
      throw new IllegalStateException("a released TLS context was used");
    }
    long ssl = SSL.newSSL(handle, false);
    judges.bySsl.put(ssl, judge);
    if (serverName != null) {
      SSL.setTlsExtHostName(ssl, serverName);
    }
    long bio = SSL.bioNewByteBuffer(ssl, TlsContext.OWN_OUTPUT);
    library.streamMade();
    return new TlsStream(this, below, ssl, bio);
  }

  @Override
  public Side peer() {
    return Side.BACKEND;
  }

  @Override
  public void streamEnding(long ssl) {
    judges.bySsl.remove(ssl);
  }

  @Override
  public void streamFreed() {
    library.streamFreed();
    release();
  }

  /**
   * Retains the context once more; returns false if the last holder has released it and its native
   * memory is freed.
   */
  public boolean tryRetain() {
    int now;
    do {
      now = holders.get();
      if (now == 0) {
        return false;
      }
    } while (!holders.compareAndSet(now, now + 1));
    return true;
  }

  public void release() {
    int left = holders.decrementAndGet();
    if (left < 0) {
      throw new IllegalStateException("a TLS context was released twice");
    }
    if (left == 0) {
      SSLContext.free(handle);
      library.contextFreed();
    }
  }
}
