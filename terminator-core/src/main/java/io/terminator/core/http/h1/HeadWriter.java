package io.terminator.core.http.h1;

import io.terminator.core.chain.ByteStream;
import io.terminator.core.frame.Scratch;
import io.terminator.core.http.message.Head;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Writes heads and the lines around chunks directly before and after the body bytes, so that a
 * message leaves in one write. One for each worker, used within one call; worker thread only.
 */
final class HeadWriter {
  private static final byte[] VERSION = "HTTP/1.1 ".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] END_OF_REQUEST_LINE =
      " HTTP/1.1\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] LINE_END = "\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] COLON = ": ".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  private byte[] wire = new byte[4096];
  private int length;

  void requestLine(Head head, String method) {
    length = 0;
    if (method.isEmpty()) {
      put(head.text(), head.methodText().from(), head.methodText().to());
    } else {
      put(method);
    }
    put(" ");
    put(head.text(), head.path().from(), head.path().to());
    put(END_OF_REQUEST_LINE);
  }

  void statusLine(Head head) {
    length = 0;
    put(VERSION);
    int status = head.status();
    reserve(4);
    wire[length++] = (byte) ('0' + status / 100);
    wire[length++] = (byte) ('0' + status / 10 % 10);
    wire[length++] = (byte) ('0' + status % 10);
    wire[length++] = ' ';
    if (head.reason().isEmpty()) {
      put(ReasonPhrase.of(status));
    } else {
      put(head.text(), head.reason().from(), head.reason().to());
    }
    put(LINE_END);
  }

  void begin() {
    length = 0;
  }

  /**
   * All fields of {@code head}. Neighbours whose lines are as they were received go in one copy.
   */
  void fields(Head head) {
    byte[] text = head.text();
    int fields = head.size();
    int run = 0;
    while (run < fields) {
      int from = head.nameFrom(run);
      int next = run;
      int end = lineEnd(head, next);
      if (end < 0) {
        put(text, from, head.nameTo(run));
        put(COLON);
        put(text, head.valueFrom(run), head.valueTo(run));
        put(LINE_END);
        run++;
        continue;
      }
      next++;
      while (next < fields && head.nameFrom(next) == end) {
        int following = lineEnd(head, next);
        if (following < 0) {
          break;
        }
        end = following;
        next++;
      }
      put(text, from, end);
      run = next;
    }
  }

  /** Where the line of a field ends in the head's text; negative if it is not there as a line. */
  private static int lineEnd(Head head, int field) {
    byte[] text = head.text();
    int name = head.nameTo(field);
    int value = head.valueTo(field);
    boolean line =
        head.valueFrom(field) == name + 2
            && value + 2 <= head.textLength()
            && text[name] == ':'
            && text[name + 1] == ' '
            && text[value] == '\r'
            && text[value + 1] == '\n';
    return line ? value + 2 : -1;
  }

  void field(String name, String value) {
    put(name);
    put(COLON);
    put(value);
    put(LINE_END);
  }

  void field(String name, Head head, Head.Span value) {
    put(name);
    put(COLON);
    put(head.text(), value.from(), value.to());
    put(LINE_END);
  }

  void field(String name, long value) {
    field(name, Long.toString(value));
  }

  /** Ends the head. */
  void end() {
    put(LINE_END);
  }

  private void put(byte[] bytes) {
    put(bytes, 0, bytes.length);
  }

  private void put(byte[] bytes, int from, int to) {
    int size = to - from;
    reserve(size);
    System.arraycopy(bytes, from, wire, length, size);
    length += size;
  }

  private void put(String text) {
    int size = text.length();
    reserve(size);
    for (int i = 0; i < size; i++) {
      wire[length + i] = (byte) text.charAt(i);
    }
    length += size;
  }

  private void reserve(int bytes) {
    if (wire.length - length < bytes) {
      wire = Arrays.copyOf(wire, Math.max(wire.length * 2, length + bytes));
    }
  }

  /** Writes the head to {@code to}, directly before {@code bytes[from, end)} and with them. */
  boolean write(ByteStream to, Scratch bytes, int from, int end) {
    ByteBuffer buffer = bytes.buffer();
    if (from >= length) {
      buffer.put(from - length, wire, 0, length);
      return to.write(bytes, from - length, end);
    }
    // More was added to the head than there is room for: in pieces through the room that there is.
    for (int at = 0; at < length; at += from) {
      int piece = Math.min(from, length - at);
      buffer.put(0, wire, at, piece);
      if (!to.write(bytes, 0, piece)) {
        return false;
      }
    }
    return from == end || to.write(bytes, from, end);
  }

  /** Writes the size line of a chunk before {@code from}; returns where it begins. */
  static int beginChunk(ByteBuffer buffer, int from, int size) {
    int at = from;
    buffer.put(--at, (byte) '\n');
    buffer.put(--at, (byte) '\r');
    int rest = size;
    do {
      buffer.put(--at, HEX[rest & 0xf]);
      rest >>>= 4;
    } while (rest > 0);
    return at;
  }

  /** Ends a chunk at {@code to}; returns where it ends. */
  static int endChunk(ByteBuffer buffer, int to) {
    buffer.put(to, LINE_END);
    return to + LINE_END.length;
  }

  /** Writes the last chunk without trailers at {@code to}; returns where it ends. */
  static int lastChunk(ByteBuffer buffer, int to) {
    buffer.put(to, LAST_CHUNK);
    return to + LAST_CHUNK.length;
  }

  /** What was written, for tests. */
  String text() {
    return new String(wire, 0, length, StandardCharsets.ISO_8859_1);
  }

  /** Begins the trailers, after the last chunk. */
  void beginTrailers() {
    length = 0;
    put("0\r\n");
  }
}
