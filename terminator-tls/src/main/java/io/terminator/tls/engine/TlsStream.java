package io.terminator.tls.engine;

import io.netty.internal.tcnative.SSL;
import io.terminator.core.chain.ByteStream;
import io.terminator.core.chain.ClientIdentity;
import io.terminator.core.chain.Side;
import io.terminator.core.chain.StreamLayer;
import io.terminator.core.frame.FrameQueue;
import io.terminator.core.frame.Scratch;
import io.terminator.core.worker.Worker;
import io.terminator.tls.failure.ClientCertificateRefused;
import io.terminator.tls.failure.OwnFault;
import io.terminator.tls.failure.PeerAlert;
import io.terminator.tls.failure.PeerLeft;
import io.terminator.tls.failure.ProtocolBroken;
import io.terminator.tls.failure.TlsFailure;
import org.jspecify.annotations.Nullable;

/**
 * TLS around a byte stream, with BoringSSL and the worker's scratch memory: ciphertext is received
 * into one scratch, plaintext is decrypted into another, and output is encrypted into a third and
 * sent from there. Between events the stream holds only BoringSSL's native state; a partial record
 * waits inside BoringSSL.
 *
 * <p>The BIO has one buffer, either source or sink, in the worker's memory: every call that may use
 * the BIO sets it first. Output that BoringSSL writes while the buffer is a source waits inside the
 * BIO and must be flushed ({@link #flushOwn}) before the next write, because the BIO would
 * misreport the length of that write. Worker thread only.
 */
public final class TlsStream extends StreamLayer {

  /** The result of {@link #handshake}. */
  public enum Handshaking {
    /** More input is needed. */
    WAIT,
    DONE,
    /** A signature must be made elsewhere: run {@link #takeTask}, then {@link #resume}. */
    TASK,
    /** {@link #handshakeFailure} has the reason; the alert is being sent. */
    FAILED
  }

  /** The context of a stream, which the stream holds. */
  interface Owner {
    /** The kind of peer of its streams. */
    Side peer();

    /**
     * Returns the verdict about the client's certificate once; null if the client presented none.
     */
    default @Nullable ClientVerdict takeVerdict(long ssl) {
      return null;
    }

    /** Whether signatures outside BoringSSL are made on other threads. */
    default boolean signsAside() {
      return false;
    }

    /** Only if {@link #signsAside}. */
    default void signAside(Runnable work) {
      throw new IllegalStateException("no signing threads are configured");
    }

    /** Called before the native connection is freed. */
    default void streamEnding(long ssl) {}

    /** Called after the native connection was freed; the stream no longer holds the context. */
    void streamFreed();
  }

  /** RFC 8446 section 5.1; with this size {@link #write} never splits a record. */
  public static final int LARGEST_RECORD = 16 * 1024;

  private static final int CHANGE_CIPHER_SPEC = 20;
  private static final int ALERT = 21;
  private static final int RECORD_HEADER = 5;

  private final Owner context;
  private final Worker worker;
  private final long bio;
  private final int recordSize;
  private long ssl;

  /**
   * The result of {@link #read} after the remaining bytes were read; WOULD_BLOCK while the stream
   * is open.
   */
  private int inputEnd = WOULD_BLOCK;

  private boolean outputFinished;
  private boolean ownOutput;
  private boolean established;

  /**
   * Input that arrived after a message whose answer is being signed; a well-behaved client sends
   * none.
   */
  private byte @Nullable [] unread;

  /** Plaintext that arrived with the last handshake message; null once it was read. */
  private @Nullable FrameQueue early;

  private @Nullable ClientIdentity client;
  private @Nullable ClientVerdict candidate;
  private String failure = "";
  private boolean heard;
  private boolean handshakeRefused;
  private @Nullable TlsFailure handshakeFailure;

  TlsStream(Owner context, ByteStream below, long ssl, long bio) {
    this(context, below, ssl, bio, LARGEST_RECORD);
  }

  TlsStream(Owner context, ByteStream below, long ssl, long bio, int recordSize) {
    super(below);
    this.context = context;
    this.worker = below.worker();
    this.ssl = ssl;
    this.bio = bio;
    this.recordSize = recordSize;
  }

  /**
   * Continues the handshake with the first {@code length} bytes of {@code source}, all of which are
   * consumed. Application data among them is decrypted and kept for {@link #read}.
   */
  public Handshaking handshake(Scratch source, int length) {
    long input = source.address();
    int produced = 0;
    int left = length;
    int error;
    Handshaking outcome;
    try (Scratch sink = worker.encrypted()) {
      while (true) {
        SSL.bioSetByteBuffer(bio, input + (length - left), left, false);
        int result = SSL.doHandshake(ssl);
        int before = left;
        left = SSL.bioLengthByteBuffer(bio);
        error = result == 1 ? SSL.SSL_ERROR_NONE : SSL.getError(ssl, result);
        SSL.bioSetByteBuffer(bio, sink.address() + produced, sink.capacity() - produced, true);
        produced += SSL.bioFlushByteBuffer(bio);
        boolean deaf = error == SSL.SSL_ERROR_WANT_WRITE;
        while (error == SSL.SSL_ERROR_WANT_WRITE) {
          // The flight exceeds the BIO's own buffer: the rest is written directly to the sink.
          result = SSL.doHandshake(ssl);
          error = result == 1 ? SSL.SSL_ERROR_NONE : SSL.getError(ssl, result);
          produced = sink.capacity() - SSL.bioLengthByteBuffer(bio);
        }
        // BoringSSL has not yet read the input that arrived while the BIO was a sink.
        if (error == SSL.SSL_ERROR_WANT_READ && left > 0 && (deaf || left < before)) {
          continue;
        }
        if (isTask(error)) {
          if (error != SSL.SSL_ERROR_WANT_PRIVATE_KEY_OPERATION || !context.signsAside()) {
            takeTask().run();
            continue;
          }
          unread = new byte[left];
          source.buffer().get(length - left, unread);
        }
        break;
      }
      outcome = settle(error, sink, produced);
      if (outcome == Handshaking.FAILED && handshakeFailure instanceof ProtocolBroken) {
        int alert = alertInClearText(source, length);
        if (alert >= 0) {
          handshakeFailure = new PeerAlert(context.peer(), alert);
        }
      }
    }
    return outcome == Handshaking.DONE && left > 0
        ? keepEarly(input + (length - left), left)
        : outcome;
  }

  private Handshaking settle(int error, Scratch sink, int produced) {
    Handshaking outcome = Handshaking.WAIT;
    if (error == SSL.SSL_ERROR_NONE) {
      outcome = Handshaking.DONE;
      established = true;
      ClientVerdict verdict = context.takeVerdict(ssl);
      client = verdict == null ? null : verdict.identity();
      candidate = verdict == null ? null : verdict.candidate();
    } else if (isTask(error)) {
      outcome = Handshaking.TASK;
    } else if (error != SSL.SSL_ERROR_WANT_READ) {
      outcome = Handshaking.FAILED;
      handshakeFailure = BoringSsl.takeError().inHandshake(context.peer());
      ClientVerdict verdict = context.takeVerdict(ssl);
      ClientCertificateRefused refused = verdict == null ? null : verdict.refused();
      if (verdict != null && refused != null) {
        handshakeFailure = refused;
        client = verdict.identity();
      }
    }
    if (produced > 0 && !below.write(sink, 0, produced) && outcome != Handshaking.FAILED) {
      handshakeFailure = new PeerLeft(context.peer(), PeerLeft.Stage.HANDSHAKE, true);
      return Handshaking.FAILED;
    }
    return outcome;
  }

  /**
   * Returns an alert in plaintext that BoringSSL did not read. A TLS 1.3 client that rejects a
   * certificate may send one before it has keys (OpenSSL, RFC 8446 section 6), while BoringSSL
   * expects an encrypted record. Negative if there is none. The alert is not authenticated, so it
   * only explains a failure and causes none.
   */
  private static int alertInClearText(Scratch source, int length) {
    int at = 0;
    while (length - at >= 7) {
      int type = source.buffer().get(at);
      int size = source.buffer().getShort(at + 3) & 0xffff;
      if (type == ALERT && size == 2) {
        return source.buffer().get(at + 6) & 0xff;
      }
      if (type != CHANGE_CIPHER_SPEC) {
        return -1;
      }
      at += RECORD_HEADER + size;
    }
    return -1;
  }

  /** Keeps bytes that arrived with the last handshake message; {@link #read} returns them first. */
  private Handshaking keepEarly(long source, int length) {
    try (Scratch plain = worker.plain()) {
      int decrypted = decrypt(source, length, plain, 0);
      if (decrypted > 0) {
        FrameQueue kept = new FrameQueue(worker.frames());
        early = kept;
        if (!kept.append(plain.buffer(), 0, decrypted)) {
          handshakeFailure = new OwnFault("no frame for the peer's first bytes");
          return Handshaking.FAILED;
        }
      }
    }
    return Handshaking.DONE;
  }

  private static boolean isTask(int error) {
    return error == SSL.SSL_ERROR_WANT_PRIVATE_KEY_OPERATION
        || error == SSL.SSL_ERROR_WANT_X509_LOOKUP
        || error == SSL.SSL_ERROR_WANT_CERTIFICATE_VERIFY;
  }

  /**
   * The task of {@link Handshaking#TASK}: run it once, on any thread, even after {@link #release}.
   */
  public Runnable takeTask() {
    Runnable task = SSL.getTask(ssl);
    if (task == null) {
      throw new IllegalStateException("BoringSSL waits for a task that it does not name");
    }
    return task;
  }

  /** Runs {@code work} on a thread for signatures. */
  public void signAside(Runnable work) {
    context.signAside(work);
  }

  /** Continues after {@link Handshaking#TASK}, when the task has run. */
  public Handshaking resume() {
    byte[] kept = unread;
    unread = null;
    try (Scratch source = worker.received()) {
      if (kept == null) {
        return handshake(source, 0);
      }
      source.buffer().put(0, kept);
      return handshake(source, kept.length);
    }
  }

  @Override
  public int read(Scratch target, int at, int most) {
    FrameQueue kept = early;
    if (kept != null) {
      int drained =
          kept.drainTo(target.buffer(), at, (int) Math.min(target.capacity(), (long) at + most));
      if (kept.isEmpty()) {
        early = null;
      }
      return drained;
    }
    if (inputEnd != WOULD_BLOCK) {
      return inputEnd;
    }
    try (Scratch source = worker.received()) {
      int received = below.read(source, 0, most);
      if (received > 0) {
        int decrypted = decrypt(source.address(), received, target, at);
        return decrypted > 0 ? decrypted : inputEnd;
      }
      if (received != WOULD_BLOCK) {
        // TCP ended without the close_notify that RFC 8446 section 6.1 requires.
        inputEnd = received == END ? TRUNCATED : received;
      }
      return inputEnd;
    }
  }

  /**
   * Decrypts every record in {@code length} bytes at {@code source}; keeps the end of the stream
   * for the next read.
   */
  private int decrypt(long source, int length, Scratch target, int at) {
    SSL.bioSetByteBuffer(bio, source, length, false);
    long free = target.address() + at;
    int room = target.capacity() - at;
    int total = 0;
    while (true) {
      int opened = SSL.readFromSSL(ssl, free + total, room - total);
      if (opened > 0) {
        total += opened;
        continue;
      }
      int error = SSL.getError(ssl, opened);
      if (error == SSL.SSL_ERROR_WANT_READ) {
        break;
      }
      if (error == SSL.SSL_ERROR_WANT_WRITE) {
        // Answers to the peer's messages fill the BIO; without room BoringSSL would stop reading.
        int left = SSL.bioLengthByteBuffer(bio);
        if (!flushOwn()) {
          inputEnd = RESET;
          break;
        }
        SSL.bioSetByteBuffer(bio, source + (length - left), left, false);
        continue;
      }
      if (error == SSL.SSL_ERROR_ZERO_RETURN) {
        inputEnd = END;
      } else {
        breakOff(BoringSsl.takeError());
      }
      break;
    }
    heard |= total > 0;
    ownOutput = SSL.bioLengthNonApplication(bio) > 0;
    if (ownOutput && !flushOwn() && inputEnd == WOULD_BLOCK) {
      inputEnd = RESET;
    }
    return total;
  }

  private void breakOff(LibraryError error) {
    inputEnd = PROTOCOL_ERROR;
    Side peer = context.peer();
    failure = error.afterHandshake(peer);
    handshakeRefused = peer == Side.BACKEND && !heard && error.isAlert();
  }

  /** Sends BoringSSL's own output (alerts, answers); returns false if the peer is not writable. */
  private boolean flushOwn() {
    try (Scratch sink = worker.encrypted()) {
      SSL.bioSetByteBuffer(bio, sink.address(), sink.capacity(), true);
      int produced = SSL.bioFlushByteBuffer(bio);
      ownOutput = false;
      return produced == 0 || below.write(sink, 0, produced);
    }
  }

  @Override
  public boolean hasBufferedInput() {
    return early != null || inputEnd != WOULD_BLOCK;
  }

  @Override
  public boolean write(Scratch source, int from, int to) {
    if (outputFinished) {
      return false;
    }
    try (Scratch sink = worker.encrypted()) {
      SSL.bioSetByteBuffer(bio, sink.address(), sink.capacity(), true);
      int at = from;
      do {
        // BoringSSL splits at 16 KiB by itself; smaller records are written one by one.
        int length = recordSize == LARGEST_RECORD ? to - at : Math.min(recordSize, to - at);
        int written = SSL.writeToSSL(ssl, source.address() + at, length);
        if (written != length) {
          failure = BoringSsl.takeError().afterHandshake(context.peer());
          return false;
        }
        at += length;
      } while (at < to);
      return below.write(sink, 0, sink.capacity() - SSL.bioLengthByteBuffer(bio));
    }
  }

  @Override
  public void finishOutput(boolean closing) {
    if (outputFinished) {
      return;
    }
    outputFinished = true;
    boolean sent;
    try (Scratch sink = worker.encrypted()) {
      SSL.bioSetByteBuffer(bio, sink.address(), sink.capacity(), true);
      SSL.shutdownSSL(ssl);
      SSL.clearError();
      int produced = sink.capacity() - SSL.bioLengthByteBuffer(bio);
      sent = produced == 0 || below.write(sink, 0, produced);
    }
    if (sent) {
      below.finishOutput(closing);
    }
  }

  @Override
  public String failure() {
    return failure;
  }

  @Override
  public boolean isHandshakeRefused() {
    return handshakeRefused;
  }

  /** Only after FAILED. */
  public TlsFailure handshakeFailure() {
    TlsFailure why = handshakeFailure;
    return why == null ? new OwnFault("the handshake has not failed") : why;
  }

  /** Whether the handshake has completed. */
  public boolean isEstablished() {
    return established;
  }

  /** Only after DONE: "TLSv1.2" or "TLSv1.3". */
  public String version() {
    return SSL.getVersion(ssl);
  }

  /** Only after DONE: the cipher suite by its OpenSSL name. */
  public String cipher() {
    return SSL.getCipherForSSL(ssl);
  }

  /** Only after DONE: the key exchange group; "none" if a resumption used none. */
  public String group() {
    try {
      String name = SSL.getGroupName(ssl);
      return name == null ? "none" : name;
    } catch (Exception none) {
      return "none";
    }
  }

  /** Only after DONE. */
  @Override
  public @Nullable String alpn() {
    String chosen = SSL.getAlpnSelected(ssl);
    return chosen == null || chosen.isEmpty() ? null : chosen;
  }

  /**
   * The verified identity in the client's certificate; null before the end of the handshake and
   * without a certificate.
   */
  public @Nullable ClientIdentity client() {
    return client;
  }

  /**
   * Only after DONE: what the policy in report mode decides about the client's certificate; null
   * without a certificate, and without such a policy.
   */
  public @Nullable ClientVerdict candidate() {
    return candidate;
  }

  /** Only after DONE: whether a ticket was accepted. */
  public boolean isResumed() {
    return SSL.isSessionReused(ssl);
  }

  @Override
  public void release() {
    if (ssl != 0) {
      context.streamEnding(ssl);
      SSL.freeSSL(ssl);
      ssl = 0;
      // The memory of the BIO may soon belong to another stream, so no later call may reach it.
      outputFinished = true;
      inputEnd = RESET;
      FrameQueue kept = early;
      if (kept != null) {
        kept.clear();
        early = null;
      }
      context.streamFreed();
    }
  }
}
