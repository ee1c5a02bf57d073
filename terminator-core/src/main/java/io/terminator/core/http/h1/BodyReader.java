package io.terminator.core.http.h1;

import io.terminator.core.http.message.Framing;
import io.terminator.core.http.message.Head;
import io.terminator.core.http.message.HeadKind;
import io.terminator.core.http.message.Heads;
import io.terminator.core.http.message.Refusal;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Finds the body in the bytes after a head, and the trailers after it. The data of several chunks
 * in one read are moved together, so that they leave in one piece. One for each connection; worker
 * thread only.
 */
final class BodyReader {
  /** The result of {@link #read} when {@link #refusal} has the cause. */
  static final int REFUSED = -1;

  // 15 digits fit into a long; more would not be a size that a body can have.
  private static final int MOST_DIGITS = 15;

  /** Extensions are read over; many small chunks with long ones would cost more than they carry. */
  private static final int MOST_EXTENSION = 4096;

  private enum State {
    LENGTH,
    UNTIL_CLOSE,
    SIZE,
    /** White space between a size and the extension that has to follow it. */
    SIZE_SPACE,
    EXTENSION,
    SIZE_LF,
    CHUNK,
    CHUNK_CR,
    CHUNK_LF,
    /** After the last chunk: an empty line, or trailers. */
    LAST,
    LAST_LF,
    TRAILERS,
    COMPLETE
  }

  private final HeadParser parser;
  private final Heads heads;
  private State state = State.COMPLETE;
  private long left;
  private int digits;
  private int extension;
  private int from;
  private int to;
  private @Nullable Head trailers;
  private @Nullable Refusal refusal;

  /** {@code parser} reads the trailers; no head is read meanwhile. */
  BodyReader(HeadParser parser, Heads heads) {
    this.parser = parser;
    this.heads = heads;
  }

  void begin(Framing framing, long length) {
    refusal = null;
    left = length;
    switch (framing) {
      case NONE -> state = State.COMPLETE;
      case LENGTH -> state = State.LENGTH;
      case UNTIL_CLOSE -> state = State.UNTIL_CLOSE;
      case CHUNKED -> {
        extension = 0;
        toSize();
      }
    }
  }

  private void toSize() {
    state = State.SIZE;
    left = 0;
    digits = 0;
  }

  /**
   * Reads {@code bytes[at, end)} up to the end of the message. Returns the position after what was
   * read, or {@link #REFUSED}. The data are then in {@code bytes[from, to)}.
   */
  int read(ByteBuffer bytes, int at, int end) {
    from = at;
    to = at;
    int next = at;
    while (next < end && state != State.COMPLETE) {
      next = step(bytes, next, end);
      if (next == REFUSED) {
        return REFUSED;
      }
    }
    return next;
  }

  private int step(ByteBuffer bytes, int at, int end) {
    switch (state) {
      case LENGTH, CHUNK -> {
        int taken = (int) Math.min(left, end - at);
        take(bytes, at, taken);
        left -= taken;
        if (left == 0) {
          state = state == State.LENGTH ? State.COMPLETE : State.CHUNK_CR;
        }
        return at + taken;
      }
      case UNTIL_CLOSE -> {
        take(bytes, at, end - at);
        return end;
      }
      case TRAILERS -> {
        return trailers(bytes, at, end);
      }
      case LAST -> {
        if (bytes.get(at) != '\r') {
          Head fresh = heads.take(HeadKind.TRAILERS);
          trailers = fresh;
          parser.begin(fresh);
          state = State.TRAILERS;
          return at;
        }
      }
      default -> {}
    }
    return line(bytes.get(at)) ? at + 1 : REFUSED;
  }

  private void take(ByteBuffer bytes, int at, int length) {
    if (from == to) {
      from = at;
      to = at + length;
    } else {
      bytes.put(to, bytes, at, length);
      to += length;
    }
  }

  /** One byte of the lines around chunks; false if it is refused. */
  private boolean line(byte octet) {
    switch (state) {
      case SIZE -> {
        int digit = Character.digit(octet, 16);
        if (octet > 0 && digit >= 0) {
          left = left << 4 | digit;
          return ++digits <= MOST_DIGITS || refuse(Refusal.CHUNK_SIZE);
        }
        if (digits == 0 || octet != ';' && octet != '\r' && !space(octet)) {
          return refuse(octet == '\n' ? Refusal.BARE_LF : Refusal.CHUNK_SIZE);
        }
        state =
            switch (octet) {
              case ';' -> State.EXTENSION;
              case '\r' -> State.SIZE_LF;
              default -> State.SIZE_SPACE;
            };
        return true;
      }
      case SIZE_SPACE -> {
        // RFC 9112 7.1.1 allows it before ";" alone: "5 CRLF" is not a size.
        if (octet == ';') {
          state = State.EXTENSION;
          return true;
        }
        return space(octet) && ++extension <= MOST_EXTENSION || refuse(Refusal.CHUNK_SIZE);
      }
      case EXTENSION -> {
        if (octet == '\r') {
          state = State.SIZE_LF;
          return true;
        }
        boolean valid = octet == '\t' || octet >= ' ' && octet != 0x7f;
        return valid && ++extension <= MOST_EXTENSION || refuse(Refusal.CHUNK_EXTENSION);
      }
      case SIZE_LF -> {
        state = left == 0 ? State.LAST : State.CHUNK;
        return octet == '\n' || refuse(Refusal.BARE_CR);
      }
      case CHUNK_CR -> {
        state = State.CHUNK_LF;
        return octet == '\r' || refuse(Refusal.CHUNK_END);
      }
      case CHUNK_LF -> {
        toSize();
        return octet == '\n' || refuse(Refusal.CHUNK_END);
      }
      case LAST -> {
        state = State.LAST_LF;
        return true;
      }
      default -> {
        state = State.COMPLETE;
        return octet == '\n' || refuse(Refusal.BARE_CR);
      }
    }
  }

  private static boolean space(byte octet) {
    return octet == ' ' || octet == '\t';
  }

  private int trailers(ByteBuffer bytes, int at, int end) {
    int next = parser.feed(bytes, at, end);
    if (next == HeadParser.INCOMPLETE) {
      return end;
    }
    if (next == HeadParser.REFUSED) {
      refuse(parser.refusal());
      return REFUSED;
    }
    state = State.COMPLETE;
    return next;
  }

  private boolean refuse(Refusal why) {
    refusal = why;
    return false;
  }

  /** The cause after {@link #REFUSED}. */
  @Nullable Refusal refusal() {
    return refusal;
  }

  int from() {
    return from;
  }

  int to() {
    return to;
  }

  /** Whether the message has been read to its end. */
  boolean isComplete() {
    return state == State.COMPLETE;
  }

  /** Whether the end of the connection ends the message. */
  boolean isUntilClose() {
    return state == State.UNTIL_CLOSE;
  }

  /** The trailers of a complete message, now the caller's; null if there are none. */
  @Nullable Head takeTrailers() {
    Head read = trailers;
    if (state == State.COMPLETE) {
      trailers = null;
      return read;
    }
    return null;
  }

  /** Gives back what an incomplete message holds. */
  void clear() {
    Head read = trailers;
    if (read != null) {
      heads.release(read);
      trailers = null;
    }
    state = State.COMPLETE;
  }
}
