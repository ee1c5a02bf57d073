package io.terminator.testkit;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;

/** Encrypts and decrypts TLS records with the JDK's engine, without a socket. One thread. */
final class TlsRecords {

  private static final byte[] NOTHING = new byte[0];

  // Behind the headers of the record and of the message, and the version.
  private static final int RANDOM_AT = 5 + 4 + 2;
  private static final int RANDOM = 32;

  private final SSLEngine engine;
  private final ByteArrayOutputStream unsent = new ByteArrayOutputStream();
  private final ByteArrayOutputStream plain = new ByteArrayOutputStream();
  private ByteBuffer encrypted = ByteBuffer.allocate(1 << 16).flip();
  private byte[] clientRandom = NOTHING;
  private byte[] serverRandom = NOTHING;
  private boolean begun;

  TlsRecords(SSLEngine engine) {
    this.engine = engine;
  }

  /** Starts the first handshake; later calls do nothing. */
  void begin() throws SSLException {
    if (!begun) {
      begun = true;
      engine.beginHandshake();
    }
  }

  /** Asks for new keys: a KeyUpdate in TLS 1.3, a renegotiation in TLS 1.2. */
  void rekey() throws SSLException {
    engine.beginHandshake();
    wrapWhatIsDue();
  }

  /** Makes {@code close_notify}. */
  void finish() throws SSLException {
    engine.closeOutbound();
    wrapWhatIsDue();
  }

  HandshakeStatus status() {
    return engine.getHandshakeStatus();
  }

  SSLSession session() {
    return engine.getSession();
  }

  String alpn() {
    return engine.getApplicationProtocol();
  }

  void runTasks() {
    for (Runnable task = engine.getDelegatedTask();
        task != null;
        task = engine.getDelegatedTask()) {
      task.run();
    }
  }

  /** Creates the next record that the engine has to send, if any. */
  HandshakeStatus wrap() throws SSLException {
    return wrap(NOTHING, 0, 0).getHandshakeStatus();
  }

  /** Creates all records that the engine has to send. */
  void wrapWhatIsDue() throws SSLException {
    boolean progress = true;
    while (progress && status() == HandshakeStatus.NEED_WRAP) {
      progress = wrap(NOTHING, 0, 0).bytesProduced() > 0;
    }
  }

  /** Creates records with {@code recordSize} bytes of {@code data} each. */
  void encrypt(byte[] data, int recordSize) throws SSLException {
    for (int at = 0; at < data.length; ) {
      SSLEngineResult result = wrap(data, at, Math.min(recordSize, data.length - at));
      if (result.bytesProduced() == 0) {
        throw new SSLException("closed for writing, the engine takes no more data: " + result);
      }
      at += result.bytesConsumed();
    }
  }

  /** The records made since the last call. */
  byte[] takeUnsent() {
    byte[] bytes = unsent.toByteArray();
    unsent.reset();
    return bytes;
  }

  /** Decrypts one received record, if it is complete. */
  SSLEngineResult unwrap() throws SSLException {
    ByteBuffer target = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize());
    SSLEngineResult result = engine.unwrap(encrypted, target);
    plain.write(target.array(), 0, target.position());
    return result;
  }

  /** The buffer for bytes from the server; {@link #received} must follow. */
  ByteBuffer room() {
    encrypted.compact();
    if (!encrypted.hasRemaining()) {
      encrypted = ByteBuffer.allocate(encrypted.capacity() * 2).put(encrypted.flip());
    }
    return encrypted;
  }

  void received() {
    encrypted.flip();
    if (serverRandom.length == 0 && encrypted.limit() >= RANDOM_AT + RANDOM) {
      serverRandom = randomIn(encrypted.array());
    }
  }

  /** The server name of the first ClientHello; empty before it. */
  byte[] clientRandom() {
    return clientRandom.clone();
  }

  byte[] serverRandom() {
    return serverRandom.clone();
  }

  private static byte[] randomIn(byte[] hello) {
    return Arrays.copyOfRange(hello, RANDOM_AT, RANDOM_AT + RANDOM);
  }

  /** What was received and not opened. */
  byte[] takeUnopened() {
    byte[] bytes = new byte[encrypted.remaining()];
    encrypted.get(bytes);
    return bytes;
  }

  /** Content that was opened and not taken. */
  int available() {
    return plain.size();
  }

  /** The first {@code length} bytes of the content. */
  byte[] take(int length) {
    byte[] all = plain.toByteArray();
    plain.reset();
    plain.write(all, length, all.length - length);
    return Arrays.copyOf(all, length);
  }

  private SSLEngineResult wrap(byte[] data, int offset, int length) throws SSLException {
    ByteBuffer target = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
    SSLEngineResult result = engine.wrap(ByteBuffer.wrap(data, offset, length), target);
    if (clientRandom.length == 0 && result.bytesProduced() > 0) {
      clientRandom = randomIn(target.array());
    }
    unsent.write(target.array(), 0, target.position());
    return result;
  }
}
