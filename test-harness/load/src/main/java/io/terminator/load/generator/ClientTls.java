package io.terminator.load.generator;

import io.netty.internal.tcnative.SSL;
import io.terminator.load.loop.Memory;
import java.io.IOException;

/**
 * One client's TLS in memory: input from the socket is passed in, and output is written to the
 * given memory. The BIO has one buffer for source and sink, which every call sets first.
 */
final class ClientTls {
  // More than any flight of a client without a certificate.
  private static final int OWN_OUTPUT = 4096;

  private final long ssl;
  private final long bio;
  private boolean done;
  private boolean ended;
  private int rest;

  ClientTls(ClientContext context, String serverName) {
    ssl = context.newSsl(serverName);
    bio = SSL.bioNewByteBuffer(ssl, OWN_OUTPUT);
  }

  boolean isDone() {
    return done;
  }

  /** Whether the server sent its close_notify. */
  boolean isEnded() {
    return ended;
  }

  /** Writes the ClientHello to {@code sink} and returns its length. */
  int begin(Memory sink) throws IOException {
    SSL.bioSetByteBuffer(bio, sink.address(), sink.capacity(), true);
    int result = SSL.doHandshake(ssl);
    int error = SSL.getError(ssl, result);
    if (error != SSL.SSL_ERROR_WANT_READ) {
      throw failure("ClientHello", error);
    }
    return sink.capacity() - SSL.bioLengthByteBuffer(bio);
  }

  /**
   * Continues the handshake with {@code length} bytes of {@code source}, writes the answer to
   * {@code sink} and returns its length. Bytes after the end of the handshake are for {@link
   * #openRest}.
   */
  int handshake(Memory source, int length, Memory sink) throws IOException {
    SSL.bioSetByteBuffer(bio, source.address(), length, false);
    int result = SSL.doHandshake(ssl);
    int left = SSL.bioLengthByteBuffer(bio);
    if (result == 1) {
      done = true;
      rest = left;
    } else {
      int error = SSL.getError(ssl, result);
      if (error != SSL.SSL_ERROR_WANT_READ) {
        throw failure("handshake", error);
      }
    }
    return takeOwnOutput(sink);
  }

  /**
   * Decrypts all records in {@code length} bytes of {@code source} into {@code target} and returns
   * the number of bytes.
   */
  int open(Memory source, int length, Memory target) throws IOException {
    return open(source.address(), length, target);
  }

  /** As {@link #open}, for the bytes that {@link #handshake} left of the same input. */
  int openRest(Memory source, int length, Memory target) throws IOException {
    int left = rest;
    rest = 0;
    return left == 0 ? 0 : open(source.address() + (length - left), left, target);
  }

  private int open(long source, int length, Memory target) throws IOException {
    SSL.bioSetByteBuffer(bio, source, length, false);
    int total = 0;
    while (true) {
      int opened = SSL.readFromSSL(ssl, target.address() + total, target.capacity() - total);
      if (opened > 0) {
        total += opened;
        continue;
      }
      int error = SSL.getError(ssl, opened);
      if (error == SSL.SSL_ERROR_ZERO_RETURN) {
        ended = true;
      } else if (error != SSL.SSL_ERROR_WANT_READ) {
        throw failure("record", error);
      }
      return total;
    }
  }

  /** The length in {@code sink} of what BoringSSL wrote on its own while reading. */
  int takeOwnOutput(Memory sink) {
    if (SSL.bioLengthNonApplication(bio) == 0) {
      return 0;
    }
    SSL.bioSetByteBuffer(bio, sink.address(), sink.capacity(), true);
    return SSL.bioFlushByteBuffer(bio);
  }

  /**
   * Encrypts {@code length} bytes at {@code plain} and returns the length of the records in {@code
   * sink}.
   */
  int seal(long plain, int length, Memory sink) throws IOException {
    SSL.bioSetByteBuffer(bio, sink.address(), sink.capacity(), true);
    int written = SSL.writeToSSL(ssl, plain, length);
    if (written != length) {
      throw failure("write", SSL.getError(ssl, written));
    }
    return sink.capacity() - SSL.bioLengthByteBuffer(bio);
  }

  /** The close_notify; its length in {@code sink}. */
  int finish(Memory sink) {
    SSL.bioSetByteBuffer(bio, sink.address(), sink.capacity(), true);
    SSL.shutdownSSL(ssl);
    SSL.clearError();
    return sink.capacity() - SSL.bioLengthByteBuffer(bio);
  }

  boolean isResumed() {
    return SSL.isSessionReused(ssl);
  }

  Negotiated negotiated() {
    String group;
    try {
      group = SSL.getGroupName(ssl);
    } catch (Exception none) {
      group = "none";
    }
    return new Negotiated(
        SSL.getVersion(ssl), SSL.getCipherForSSL(ssl), group, SSL.getPeerCertificate(ssl));
  }

  void free() {
    SSL.freeSSL(ssl);
  }

  private static IOException failure(String step, int error) {
    int number = SSL.getLastErrorNumber();
    String text = number == 0 ? "error " + error : SSL.getErrorString(number);
    SSL.clearError();
    return new IOException(step + ": " + text);
  }
}
