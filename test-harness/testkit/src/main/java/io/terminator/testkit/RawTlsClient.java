package io.terminator.testkit;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * A TLS client whose test decides each segment and each record: the JDK's engine makes the bytes,
 * {@link TcpClient} sends them as told. One thread.
 *
 * <p>What the JDK's engine can do at the end of a connection: after {@link #closeNotify} it
 * continues decrypting, in TLS 1.2 and 1.3. After the <em>server's</em> {@code close_notify} it
 * continues encrypting in TLS 1.3 only; in TLS 1.2 it answers with its own and refuses to encrypt
 * more, so "the server finished first" is tested with TLS 1.3.
 */
public final class RawTlsClient implements AutoCloseable {

  private static final byte[] NOTHING = new byte[0];

  private final TcpClient tcp;
  private final TlsRecords records;
  private int segmentSize = Integer.MAX_VALUE;
  private boolean established;
  private boolean resumed;
  private @Nullable Ending ending;

  RawTlsClient(TcpClient tcp, SSLEngine engine) {
    this.tcp = tcp;
    this.records = new TlsRecords(engine);
  }

  /** From now on data is sent in segments of this size; 1 is the worst case. */
  public RawTlsClient segments(int size) {
    segmentSize = size;
    return this;
  }

  /** The connection below, to send or read raw bytes. */
  public TcpClient tcp() {
    return tcp;
  }

  /**
   * The ClientHello as one TLS record, not yet sent. Send it (changed, cut, in part) with {@link
   * #sendRaw}; {@link #handshake} then continues from there.
   */
  public byte[] clientHello() throws SSLException {
    records.begin();
    records.wrapWhatIsDue();
    return records.takeUnsent();
  }

  /** Sends {@code bytes} as they are. */
  public void sendRaw(byte[] bytes) throws IOException {
    tcp.writeInSegments(bytes, segmentSize);
  }

  /**
   * Completes the handshake. A refusal is an {@code SSLException}, an end an {@code EOFException}.
   */
  public RawTlsClient handshake() throws IOException {
    return handshakeWith(NOTHING);
  }

  /**
   * Completes the handshake and sends {@code data} in the same segment as the last flight, which in
   * TLS 1.3 (and in a resumed TLS 1.2 handshake) is the client's Finished.
   */
  public RawTlsClient handshakeWith(byte[] data) throws IOException {
    records.begin();
    try {
      while (!established) {
        step();
      }
    } catch (SSLException e) {
      sendAlert();
      throw e;
    }
    resumed = TlsConnection.seenBefore(records.session());
    records.encrypt(data, Math.max(1, data.length));
    flush();
    return this;
  }

  /** Sends {@code data} in records as large as possible, coalesced. */
  public void write(byte[] data) throws IOException {
    sendRaw(encrypt(data));
  }

  /** Sends {@code data} in records of {@code recordSize} bytes of content, coalesced. */
  public void writeRecords(byte[] data, int recordSize) throws IOException {
    records.encrypt(data, recordSize);
    flush();
  }

  /** The records with {@code data}, not yet sent. They must be sent completely and in order. */
  public byte[] encrypt(byte[] data) throws SSLException {
    records.encrypt(data, Math.max(1, data.length));
    return records.takeUnsent();
  }

  /** Encrypts {@code data} as records and sends only the first {@code count} bytes. */
  public void writePartially(byte[] data, int count) throws IOException {
    sendRaw(Arrays.copyOf(encrypt(data), count));
  }

  /**
   * The bytes of a TLS 1.3 KeyUpdate or, in TLS 1.2, of a ClientHello that asks to renegotiate; not
   * sent.
   */
  public byte[] rekey() throws SSLException {
    records.rekey();
    return records.takeUnsent();
  }

  /**
   * Sends {@code close_notify}; writing ends, reading continues. TCP stays open in both directions.
   */
  public void closeNotify() throws IOException {
    sendRaw(closeNotifyRecord());
  }

  /** The record of {@code close_notify}, not sent. */
  public byte[] closeNotifyRecord() throws SSLException {
    records.finish();
    return records.takeUnsent();
  }

  /** Sends FIN without {@code close_notify}: a truncation. Reading continues. */
  public void truncate() throws IOException {
    tcp.finishOutput();
  }

  /** Sends {@code close_notify}, then FIN: a clean half-close. Reading continues. */
  public void finishOutput() throws IOException {
    closeNotify();
    tcp.finishOutput();
  }

  /** Sends RST. */
  public void reset() throws IOException {
    tcp.reset();
  }

  /** Decrypts exactly {@code length} bytes. */
  public byte[] readExactly(int length) throws IOException {
    while (records.available() < length) {
      unwrap();
      if (ending != null && records.available() < length) {
        throw new EOFException(
            "the server ended (%s) after %d bytes. Expected %d"
                .formatted(ending, records.available(), length));
      }
    }
    return records.take(length);
  }

  /** Decrypts up to the server's end: close_notify, alert, FIN or RST, whichever comes first. */
  public Received readToEnd() throws IOException {
    Ending reached = ending;
    while (reached == null) {
      unwrap();
      reached = ending;
    }
    return new Received(records.take(records.available()), reached);
  }

  /** As {@link #readToEnd}, counted and hashed, not kept. */
  public Counted countToEnd() throws IOException {
    Sha256 sha256 = new Sha256();
    Ending reached = ending;
    while (true) {
      byte[] piece = records.take(records.available());
      sha256.update(piece, 0, piece.length);
      if (reached != null) {
        return new Counted(sha256.count(), sha256.hex(), reached);
      }
      unwrap();
      reached = ending;
    }
  }

  /** TCP after the end of TLS: the bytes that follow (none if it is clean), then FIN or RST. */
  public Received readRawToEnd() throws IOException {
    byte[] before = records.takeUnopened();
    Received after = tcp.readToEnd();
    byte[] all = Arrays.copyOf(before, before.length + after.bytes().length);
    System.arraycopy(after.bytes(), 0, all, before.length, after.bytes().length);
    return new Received(all, after.ending());
  }

  public TlsVersion version() {
    return TlsConnection.version(records.session());
  }

  /** JDK name of the negotiated cipher suite. */
  public String cipherSuite() {
    return records.session().getCipherSuite();
  }

  /** As its hello had it. */
  byte[] clientRandom() {
    return records.clientRandom();
  }

  /** As the server's hello had it. */
  byte[] serverRandom() {
    return records.serverRandom();
  }

  /** The negotiated protocol; empty without one. */
  public String alpn() {
    return records.alpn();
  }

  /** As {@link TlsConnection#isResumed}. */
  public boolean isResumed() {
    return resumed;
  }

  /** What the server presented, leaf first. */
  public List<X509Certificate> peerCertificates() {
    return TlsConnection.peerCertificates(records.session());
  }

  /** Closes TCP without a word of TLS. */
  @Override
  public void close() throws IOException {
    tcp.close();
  }

  /** One step of the handshake. Its output is kept until it is the server's turn. */
  private void step() throws IOException {
    switch (records.status()) {
      case NEED_TASK -> records.runTasks();
      case NEED_WRAP -> established = records.wrap() == HandshakeStatus.FINISHED;
      case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
        flush();
        established = unwrap() == HandshakeStatus.FINISHED;
        if (ending != null) {
          throw new EOFException("the server ended the handshake by " + ending);
        }
      }
      case FINISHED, NOT_HANDSHAKING -> established = true;
    }
  }

  /** Sends the alert, as a client does; the server may have closed already. */
  private void sendAlert() {
    try {
      records.wrapWhatIsDue();
      flush();
    } catch (IOException alreadyGone) {
      // The failure that brought us here says more.
    }
  }

  private void flush() throws IOException {
    sendRaw(records.takeUnsent());
  }

  /** Decrypts one record or detects the end; waits for bytes. */
  private HandshakeStatus unwrap() throws IOException {
    while (true) {
      SSLEngineResult result;
      try {
        result = records.unwrap();
      } catch (SSLException e) {
        if (established && String.valueOf(e.getMessage()).contains("Received fatal alert")) {
          ending = Ending.ALERT;
          return HandshakeStatus.NOT_HANDSHAKING;
        }
        throw e;
      }
      switch (result.getStatus()) {
        case OK -> {
          if (established) {
            answer();
          }
          return result.getHandshakeStatus();
        }
        case CLOSED -> {
          ending = Ending.CLOSE_NOTIFY;
          return result.getHandshakeStatus();
        }
        case BUFFER_UNDERFLOW -> {
          if (!receive()) {
            return HandshakeStatus.NOT_HANDSHAKING;
          }
        }
        case BUFFER_OVERFLOW ->
            throw new IllegalStateException("the engine's own buffer size is too small: " + result);
      }
    }
  }

  /**
   * A message after the handshake may require an answer (a KeyUpdate does), but a reader never
   * writes.
   */
  private void answer() throws IOException {
    if (records.status() == HandshakeStatus.NEED_TASK) {
      records.runTasks();
    }
    records.wrapWhatIsDue();
    flush();
  }

  private boolean receive() throws IOException {
    try {
      if (tcp.read(records.room()) < 0) {
        ending = Ending.FIN;
      }
    } catch (SocketTimeoutException e) {
      throw e;
    } catch (IOException e) {
      if (!Ending.isReset(e)) {
        throw e;
      }
      ending = Ending.RESET;
    } finally {
      records.received();
    }
    return ending == null;
  }
}
