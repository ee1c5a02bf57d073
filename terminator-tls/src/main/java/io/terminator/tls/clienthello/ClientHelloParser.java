package io.terminator.tls.clienthello;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Parses a ClientHello from the bytes received so far, across any TCP segments and TLS records.
 * Until it is complete only record headers are read, so that a client that sends single bytes costs
 * little. One per connection.
 */
public final class ClientHelloParser {
  /** The maximum size of a handshake message in bytes; a post-quantum hello is below 2 KiB. */
  public static final int MOST = 16 * 1024;

  /**
   * The maximum number of raw bytes to keep: a hello of {@link #MOST} bytes in records of one byte
   * each is refused earlier.
   */
  public static final int MOST_RAW = MOST + 4096;

  private static final int RECORD_HEADER = 5;
  private static final int MESSAGE_HEADER = 4;
  private static final int HANDSHAKE = 22;
  private static final int CLIENT_HELLO = 1;
  private static final int MOST_RECORD = 16 * 1024;

  /** The result of {@link #parse}. */
  public enum Outcome {
    NEED_MORE,
    COMPLETE,
    REFUSED
  }

  private @Nullable ClientHello hello;
  private @Nullable HelloProblem problem;

  // The offset of the first incomplete record, and the payload size of those before it. Without
  // this, single bytes in records of one byte each would cost quadratic time.
  private int resumeAt;
  private int wholeCollected;
  private int wholeHeader;

  /**
   * Parses {@code raw} from 0 to {@code length}, which is all input since the connection was
   * opened; only absolute reads. Bytes that an earlier call has seen must be unchanged.
   */
  public Outcome parse(ByteBuffer raw, int length) {
    try {
      int size = messageSize(raw, length);
      if (size < 0) {
        if (length > MOST_RAW) {
          throw new HelloException(HelloProblem.HELLO_TOO_LARGE);
        }
        return Outcome.NEED_MORE;
      }
      hello = new HelloReader(message(raw, length, size)).read();
      return Outcome.COMPLETE;
    } catch (HelloException refused) {
      problem = refused.problem();
      return Outcome.REFUSED;
    }
  }

  /** Only after COMPLETE. */
  public ClientHello hello() {
    ClientHello found = hello;
    if (found == null) {
      throw new IllegalStateException("no ClientHello is complete");
    }
    return found;
  }

  /** Only after REFUSED. */
  public HelloProblem problem() {
    HelloProblem found = problem;
    if (found == null) {
      throw new IllegalStateException("no ClientHello was refused");
    }
    return found;
  }

  /**
   * Returns the size of the handshake message with its header, or -1 if it is incomplete; reads
   * only record headers.
   */
  private int messageSize(ByteBuffer raw, int length) throws HelloException {
    int at = resumeAt;
    int collected = wholeCollected;
    int header = wholeHeader;
    int size = collected < MESSAGE_HEADER ? -1 : MESSAGE_HEADER + (header & 0xffffff);
    while (at < length) {
      int first = raw.get(at) & 0xff;
      if (first != HANDSHAKE) {
        HelloProblem spoken = at == 0 ? OpeningBytes.name(raw, length) : HelloProblem.BAD_RECORD;
        if (spoken == null) {
          return -1;
        }
        throw new HelloException(spoken);
      }
      if (length - at < RECORD_HEADER) {
        return -1;
      }
      int recordLength = raw.getShort(at + 3) & 0xffff;
      // RFC 8446 section 5.1: the record version is 3.x in all TLS versions, and a handshake
      // fragment is never empty.
      if (raw.get(at + 1) != 3 || recordLength == 0) {
        throw new HelloException(HelloProblem.BAD_RECORD);
      }
      if (recordLength > MOST_RECORD) {
        throw new HelloException(HelloProblem.RECORD_TOO_LONG);
      }
      int start = at + RECORD_HEADER;
      int there = Math.min(recordLength, length - start);
      for (int i = 0; i < there && collected + i < MESSAGE_HEADER; i++) {
        header = header << 8 | raw.get(start + i) & 0xff;
        if (collected + i == 0 && header != CLIENT_HELLO) {
          throw new HelloException(HelloProblem.NOT_CLIENT_HELLO);
        }
      }
      collected += there;
      if (collected >= MESSAGE_HEADER && size < 0) {
        size = MESSAGE_HEADER + (header & 0xffffff);
        if (size > MOST) {
          throw new HelloException(HelloProblem.HELLO_TOO_LARGE);
        }
      }
      if (size >= 0 && collected >= size) {
        return size;
      }
      at = start + recordLength;
      if (at <= length) {
        resumeAt = at;
        wholeCollected = collected;
        wholeHeader = header;
      }
    }
    return -1;
  }

  /**
   * The message without record headers; a view if one record holds it all, which is the usual case.
   */
  private static ByteBuffer message(ByteBuffer raw, int length, int size) {
    int firstLength = raw.getShort(3) & 0xffff;
    if (firstLength >= size) {
      return raw.slice(RECORD_HEADER + MESSAGE_HEADER, size - MESSAGE_HEADER);
    }
    ByteBuffer whole = ByteBuffer.allocate(size);
    int at = 0;
    while (whole.hasRemaining()) {
      int recordLength = raw.getShort(at + 3) & 0xffff;
      int start = at + RECORD_HEADER;
      int count = Math.min(Math.min(recordLength, length - start), whole.remaining());
      whole.put(raw.slice(start, count));
      at = start + recordLength;
    }
    return whole.slice(MESSAGE_HEADER, size - MESSAGE_HEADER);
  }
}
