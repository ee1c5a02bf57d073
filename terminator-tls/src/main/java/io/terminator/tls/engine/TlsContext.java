package io.terminator.tls.engine;

import io.netty.internal.tcnative.SSL;
import io.netty.internal.tcnative.SSLContext;
import io.netty.internal.tcnative.SSLCredential;
import io.netty.internal.tcnative.SessionTicketKey;
import io.terminator.core.chain.ByteStream;
import io.terminator.core.chain.Side;
import io.terminator.tls.keylog.KeyLog;
import io.terminator.tls.signing.Signer;
import io.terminator.tls.ticket.TicketKey;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * An immutable server context: the certificates (one key pair per algorithm) and the protocol
 * settings. Reference-counted: its creator holds it once, every stream holds it, and the last
 * release frees the native memory. Thread-safe.
 */
public final class TlsContext implements TlsStream.Owner {
  /**
   * The buffer for what BoringSSL writes by itself while it reads, which every connection keeps.
   * Its default of 4 KiB would be half of an idle connection's memory. Any alert fits, which must
   * not be split: the largest is of TLS 1.2 with CBC and SHA-384, 85 bytes. A handshake flight
   * takes one more round of {@link TlsStream#handshake}.
   */
  static final int OWN_OUTPUT = 128;

  /**
   * BoringSSL's own limit for a client's chain, set explicitly so that a changed default has no
   * effect.
   */
  private static final int MOST_CHAIN_BYTES = 100 * 1024;

  private final BoringSsl library;
  private final long handle;
  private final TlsSettings settings;
  private final @Nullable ClientVerifier verifier;
  private final @Nullable Delegate delegate;
  private final @Nullable KeyRecorder recorder;
  private final AtomicInteger holders = new AtomicInteger(1);

  /** A native chain whose private key is outside BoringSSL. */
  private record Delegate(long chain, byte @Nullable [] staple) {}

  private TlsContext(
      BoringSsl library,
      long handle,
      @Nullable Delegate delegate,
      TlsSettings settings,
      @Nullable ClientVerifier verifier) {
    this.library = library;
    this.handle = handle;
    this.delegate = delegate;
    this.settings = settings;
    this.verifier = verifier;
    this.recorder = record(library.keyLog(), handle);
    library.contextMade();
  }

  private static @Nullable KeyRecorder record(@Nullable KeyLog log, long handle) {
    if (log == null) {
      return null;
    }
    KeyRecorder recorder = new KeyRecorder(log);
    boolean unused = SSLContext.setKeyLogCallback(handle, recorder);
    return recorder;
  }

  /**
   * The {@code pairs} are for the same names, one per algorithm; the client's offer selects one. At
   * least one pair.
   */
  public static TlsContext make(
      BoringSsl library, TlsSettings settings, List<KeyPair> pairs, List<TicketKey> ticketKeys)
      throws TlsContextException {
    long handle = 0;
    Delegate delegate = null;
    try {
      int versions =
          (settings.tls12() ? SSL.SSL_PROTOCOL_TLSV1_2 : 0)
              | (settings.tls13() ? SSL.SSL_PROTOCOL_TLSV1_3 : 0);
      handle = SSLContext.make(versions, SSL.SSL_MODE_SERVER);
      configure(handle, settings);
      for (KeyPair pair : pairs) {
        Signer signer = pair.signer();
        if (signer == null || delegate != null) {
          addCredential(handle, pair);
        } else {
          delegate = new Delegate(chain(pair), pair.staple());
          // A signer is only called from a task.
          SSLContext.setUseTasks(handle, true);
          SSLContext.setPrivateKeyMethod(handle, new DelegatedKey(signer));
        }
      }
      setTicketKeys(handle, settings.clientCheck() == null ? ticketKeys : List.of());
      if (settings.compressChains()) {
        SSLContext.addCertificateCompressionAlgorithm(
            handle, SSL.SSL_CERT_COMPRESSION_DIRECTION_COMPRESS, new CompressedChains(library));
      }
      ClientVerifier verifier = askForCertificates(handle, settings.clientCheck());
      TlsContext context = new TlsContext(library, handle, delegate, settings, verifier);
      handle = 0;
      delegate = null;
      return context;
    } catch (Exception failure) {
      throw new TlsContextException(
          "BoringSSL refused the context: " + failure.getMessage(), failure);
    } finally {
      if (delegate != null) {
        SSL.freeX509Chain(delegate.chain());
      }
      if (handle != 0) {
        SSLContext.free(handle);
      }
    }
  }

  static void configure(long handle, TlsSettings settings) throws Exception {
    SSLContext.setOptions(handle, SSL.SSL_OP_CIPHER_SERVER_PREFERENCE);
    // The version flags used to create a context leave TLS 1.3 on.
    SSLContext.setOptions(
        handle,
        (settings.tls12() ? 0 : SSL.SSL_OP_NO_TLSv1_2)
            | (settings.tls13() ? 0 : SSL.SSL_OP_NO_TLSv1_3));
    SSLContext.setSessionCacheMode(handle, SSL.SSL_SESS_CACHE_OFF);
    SSLContext.setSessionIdContext(
        handle, settings.sessionContext().getBytes(StandardCharsets.US_ASCII));
    if (settings.tls12()) {
      SSLContext.setCipherSuite(handle, String.join(":", settings.ciphers()), false);
    }
    if (!SSLContext.setCurvesList(handle, settings.groups().toArray(new String[0]))) {
      throw new IllegalArgumentException("unknown group in " + settings.groups());
    }
    if (!settings.alpn().isEmpty()) {
      SSLContext.setAlpnProtos(
          handle, settings.alpn().toArray(new String[0]), SSL.SSL_SELECTOR_FAILURE_NO_ADVERTISE);
    }
  }

  private static @Nullable ClientVerifier askForCertificates(
      long handle, @Nullable ClientCheck check) throws Exception {
    if (check == null) {
      return null;
    }
    byte[] told = check.authoritiesPem();
    if (told.length > 0) {
      long authorities = BoringSsl.memoryBio(told);
      try {
        if (!SSLContext.setCACertificateBio(handle, authorities)) {
          throw new IllegalArgumentException("the issuers of client certificates cannot be read");
        }
      } finally {
        SSL.freeBIO(authorities);
      }
    }
    SSLContext.setMaxCertList(handle, MOST_CHAIN_BYTES);
    ClientVerifier verifier = new ClientVerifier(check);
    SSLContext.setVerify(
        handle,
        check.isRequired() ? SSL.SSL_CVERIFY_REQUIRED : SSL.SSL_CVERIFY_OPTIONAL,
        ClientVerifier.DEPTH);
    SSLContext.setCertVerifyCallback(handle, verifier);
    return verifier;
  }

  /** Creates the native chain; the caller frees it. */
  private static long chain(KeyPair pair) throws Exception {
    long bio = BoringSsl.memoryBio(pair.chainPem());
    try {
      return SSL.parseX509Chain(bio);
    } finally {
      SSL.freeBIO(bio);
    }
  }

  static void addCredential(long handle, KeyPair pair) throws Exception {
    long keyBio = 0;
    long chain = 0;
    long key = 0;
    long credential = 0;
    try {
      chain = chain(pair);
      keyBio = BoringSsl.memoryBio(pair.keyPem());
      key = SSL.parsePrivateKey(keyBio, null);
      credential = SSLCredential.newX509();
      SSLCredential.setCertChain(credential, chain);
      SSLCredential.setPrivateKey(credential, key);
      byte[] staple = pair.staple();
      if (staple != null) {
        SSLCredential.setOcspResponse(credential, staple);
      }
      // The context takes its own reference.
      SSLContext.addCredential(handle, credential);
    } finally {
      if (credential != 0) {
        SSLCredential.free(credential);
      }
      if (key != 0) {
        SSL.freePrivateKey(key);
      }
      if (chain != 0) {
        SSL.freeX509Chain(chain);
      }
      if (keyBio != 0) {
        SSL.freeBIO(keyBio);
      }
    }
  }

  /**
   * The first key seals new tickets, all of them open tickets; an empty list turns tickets off. The
   * caller must hold this context.
   */
  public void setTicketKeys(List<TicketKey> keys) {
    // A resumed session presents no certificate, so a client revoked since then would be accepted.
    if (settings.clientCheck() == null) {
      setTicketKeys(handle, keys);
    }
  }

  private static void setTicketKeys(long handle, List<TicketKey> keys) {
    if (keys.isEmpty()) {
      SSLContext.setOptions(handle, SSL.SSL_OP_NO_TICKET);
      return;
    }
    SSLContext.clearOptions(handle, SSL.SSL_OP_NO_TICKET);
    SSLContext.setSessionTicketKeys(
        handle,
        keys.stream()
            .map(key -> new SessionTicketKey(key.name(), key.hmacKey(), key.aesKey()))
            .toArray(SessionTicketKey[]::new));
  }

  /**
   * Creates a stream for one client; it retains this context until it is released. The caller must
   * hold it too.
   */
  public TlsStream newStream(ByteStream below) {
    retain();
    long ssl = SSL.newSSL(handle, true);
    if (delegate != null) {
      show(ssl, delegate);
    }
    if (recorder != null) {
      recorder.choose(ssl, below.tcp().peerAddress());
    }
    long bio = SSL.bioNewByteBuffer(ssl, OWN_OUTPUT);
    library.streamMade();
    return new TlsStream(this, below, ssl, bio, settings.recordSize());
  }

  /**
   * The context's own credentials come first, this one last; the client's offer selects the
   * algorithm.
   */
  private static void show(long ssl, Delegate delegate) {
    try {
      SSL.setKeyMaterial(ssl, delegate.chain(), 0);
    } catch (Exception failure) {
      throw new IllegalStateException("BoringSSL refused a chain that it has parsed", failure);
    }
    byte[] staple = delegate.staple();
    if (staple != null) {
      SSL.setOcspResponse(ssl, staple);
    }
  }

  @Override
  public Side peer() {
    return Side.CLIENT;
  }

  @Override
  public boolean signsAside() {
    return library.rsaSigning().isAside();
  }

  @Override
  public void signAside(Runnable work) {
    library.rsaSigning().execute(work);
  }

  @Override
  public @Nullable ClientVerdict takeVerdict(long ssl) {
    return verifier == null ? null : verifier.take(ssl);
  }

  @Override
  public void streamEnding(long ssl) {
    takeVerdict(ssl);
    if (recorder != null) {
      recorder.remove(ssl);
    }
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

  private void retain() {
    if (!tryRetain()) {
      throw new IllegalStateException("a released TLS context was used");
    }
  }

  public void release() {
    int left = holders.decrementAndGet();
    if (left < 0) {
      throw new IllegalStateException("a TLS context was released twice");
    }
    if (left == 0) {
      if (delegate != null) {
        SSL.freeX509Chain(delegate.chain());
      }
      SSLContext.free(handle);
      library.contextFreed();
    }
  }
}
