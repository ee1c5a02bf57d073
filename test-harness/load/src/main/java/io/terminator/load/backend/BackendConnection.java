package io.terminator.load.backend;

import io.terminator.load.loop.Memory;
import io.terminator.load.loop.RawSocket;
import io.terminator.load.wire.Exchange;
import io.terminator.load.wire.Pattern;
import java.io.IOException;
import java.nio.ByteBuffer;

/** One connection of the backend: header, body (every byte is checked), answer, repeatedly. */
final class BackendConnection implements RawSocket.Listener {
  private static final int TLS_HANDSHAKE = 0x16;
  private static final int RECORD_HEADER = 5;

  private final LoadBackend backend;
  private final RawSocket socket;
  private final ByteBuffer header = ByteBuffer.allocate(Exchange.HEADER);
  private boolean begun;
  private long bodyLeft;
  private long bodyDone;
  private int bodyStart;
  private long answerLeft;
  private long answerDone;
  private int answerStart;
  private int preambleLeft;

  BackendConnection(LoadBackend backend, RawSocket socket) {
    this.backend = backend;
    this.socket = socket;
  }

  @Override
  public void onReadable() throws IOException {
    Memory received = backend.received();
    int length = socket.receive(received);
    if (length == RawSocket.END) {
      socket.close();
    } else if (length > 0) {
      take(received.buffer(), length);
    }
  }

  private void take(ByteBuffer bytes, int length) throws IOException {
    int at = 0;
    while (at < length && !socket.isClosed()) {
      if (bodyLeft == 0 && answerLeft > 0) {
        throw new IOException("a request before the answer to the last one was sent");
      }
      at += bodyLeft > 0 ? takeBody(bytes, at, length) : takeHeader(bytes, at, length);
    }
  }

  private int takeHeader(ByteBuffer bytes, int at, int length) throws IOException {
    if (!begun || preambleLeft > 0) {
      return takePreamble(bytes, at, length);
    }
    int piece = Math.min(header.remaining(), length - at);
    header.put(header.position(), bytes, at, piece).position(header.position() + piece);
    if (!header.hasRemaining()) {
      header.clear();
      if (!Exchange.isHeader(header)) {
        throw new IOException("a header that no client wrote");
      }
      Exchange exchange = Exchange.of(header);
      bodyLeft = exchange.body();
      bodyDone = 0;
      bodyStart = Exchange.bodyStart(header);
      answerLeft = exchange.answer();
      answerDone = 0;
      answerStart = Exchange.answerStart(header);
      if (bodyLeft == 0) {
        answer();
      }
    }
    return piece;
  }

  /**
   * Skips a leading TLS handshake record, which plaintext relays may require. Over loopback it
   * arrives in one or several pieces; only its header must be complete.
   */
  private int takePreamble(ByteBuffer bytes, int at, int length) throws IOException {
    if (!begun) {
      begun = true;
      if (bytes.get(at) != TLS_HANDSHAKE) {
        return 0;
      }
      if (length - at < RECORD_HEADER) {
        throw new IOException("a ClientHello cut within its record header");
      }
      preambleLeft = RECORD_HEADER + (bytes.getShort(at + 3) & 0xffff);
    }
    int piece = Math.min(preambleLeft, length - at);
    preambleLeft -= piece;
    return piece;
  }

  private int takeBody(ByteBuffer bytes, int at, int length) throws IOException {
    int piece = (int) Math.min(bodyLeft, length - at);
    if (!backend.pattern().matches(bytes, at, piece, bodyStart, bodyDone)) {
      throw new IOException(
          "bytes " + bodyDone + " to " + (bodyDone + piece) + " are not what the client sent");
    }
    bytes.clear();
    bodyLeft -= piece;
    bodyDone += piece;
    if (bodyLeft == 0) {
      answer();
    }
    return piece;
  }

  private void answer() throws IOException {
    while (answerLeft > 0 && !socket.isBlocked()) {
      int piece = (int) Math.min(answerLeft, Pattern.SPAN);
      int sent = socket.offer(backend.pattern().address(answerStart, answerDone), piece);
      answerLeft -= sent;
      answerDone += sent;
    }
  }

  @Override
  public void onWritable() throws IOException {
    answer();
  }

  /** A reset by the proxy is not reported here: the client reports the missing data. */
  @Override
  public void onBroken(IOException failure) {
    backend.onBroken(failure);
    socket.abort();
  }
}
