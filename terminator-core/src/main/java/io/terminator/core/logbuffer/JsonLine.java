package io.terminator.core.logbuffer;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Builds one JSON object on one line, in reused memory. Every control character, quote and
 * backslash is escaped, so that no client input can end the line or begin a field. One thread.
 */
public final class JsonLine {
  private static final int MOST = 8 * 1024;
  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  /** The characters that JSON takes as they are. */
  private static final boolean[] PLAIN = new boolean[0x7f];

  static {
    Arrays.fill(PLAIN, 0x20, PLAIN.length, true);
    PLAIN['"'] = false;
    PLAIN['\\'] = false;
  }

  private final byte[] line = new byte[MOST];
  private int length;
  private long cachedSecond = Long.MIN_VALUE;
  private byte[] cachedTime = new byte[0];

  /**
   * Begins a line with its time, given in milliseconds since the epoch and written as RFC 3339 in
   * UTC.
   */
  public JsonLine begin(long millis) {
    length = 0;
    ascii("{\"time\":\"");
    long second = Math.floorDiv(millis, 1000L);
    if (second != cachedSecond) {
      cachedSecond = second;
      // Without the zone letter, because the milliseconds come before it.
      String text = Instant.ofEpochSecond(second).toString();
      cachedTime = text.substring(0, text.length() - 1).getBytes(StandardCharsets.US_ASCII);
    }
    System.arraycopy(cachedTime, 0, line, length, cachedTime.length);
    length += cachedTime.length;
    int rest = (int) Math.floorMod(millis, 1000L);
    line[length++] = '.';
    line[length++] = (byte) ('0' + rest / 100);
    line[length++] = (byte) ('0' + rest / 10 % 10);
    line[length++] = (byte) ('0' + rest % 10);
    ascii("Z\"");
    return this;
  }

  /**
   * A text field; left out if {@code value} is null. {@code key} is a constant that needs no
   * escaping.
   */
  public JsonLine text(String key, @Nullable String value) {
    if (value != null && hasRoom(key.length() + 6 * value.length() + 8)) {
      key(key);
      line[length++] = '"';
      escaped(value);
      line[length++] = '"';
    }
    return this;
  }

  /** A text field with one character per byte of {@code bytes[from, to)}; left out if empty. */
  public JsonLine text(String key, byte[] bytes, int from, int to) {
    if (from < to && hasRoom(key.length() + 6 * (to - from) + 8)) {
      key(key);
      line[length++] = '"';
      escaped(bytes, from, to);
      line[length++] = '"';
    }
    return this;
  }

  /** Begins fields that are part of many lines, for {@link #part}. */
  public JsonLine beginPart() {
    length = 0;
    return this;
  }

  /** The fields that were added since {@link #beginPart}. */
  public byte[] part() {
    return Arrays.copyOf(line, length);
  }

  /** Adds fields that {@link #part} of another object returned. */
  public JsonLine fields(byte[] fields) {
    if (hasRoom(fields.length)) {
      System.arraycopy(fields, 0, line, length, fields.length);
      length += fields.length;
    }
    return this;
  }

  /** Adds the fields that {@code part} has collected since {@link #beginPart}. */
  public JsonLine fields(JsonLine part) {
    if (hasRoom(part.length)) {
      System.arraycopy(part.line, 0, line, length, part.length);
      length += part.length;
    }
    return this;
  }

  public JsonLine number(String key, long value) {
    if (hasRoom(key.length() + 28)) {
      key(key);
      digits(value);
    }
    return this;
  }

  /** Nanoseconds, written as milliseconds with three decimals. */
  public JsonLine millis(String key, long nanos) {
    if (hasRoom(key.length() + 32)) {
      key(key);
      long micros = nanos / 1000;
      digits(micros / 1000);
      line[length++] = '.';
      int rest = (int) (micros % 1000);
      line[length++] = (byte) ('0' + rest / 100);
      line[length++] = (byte) ('0' + rest / 10 % 10);
      line[length++] = (byte) ('0' + rest % 10);
    }
    return this;
  }

  public JsonLine flag(String key, boolean value) {
    if (hasRoom(key.length() + 12)) {
      key(key);
      ascii(value ? "true" : "false");
    }
    return this;
  }

  /** Ends the line and passes it to {@code buffer}. */
  public void endInto(LogBuffer buffer) {
    line[length++] = '}';
    line[length++] = '\n';
    buffer.append(line, length);
  }

  /** A field that does not fit is left out, so that the line stays valid. */
  private boolean hasRoom(int bytes) {
    return bytes < MOST - length - 2;
  }

  private void key(String key) {
    line[length++] = ',';
    line[length++] = '"';
    ascii(key);
    line[length++] = '"';
    line[length++] = ':';
  }

  /** Without a field access per character: it is the largest part of a line. */
  private void escaped(String value) {
    byte[] to = line;
    int at = length;
    int end = value.length();
    for (int i = 0; i < end; i++) {
      char c = value.charAt(i);
      if (c < PLAIN.length && PLAIN[c]) {
        to[at++] = (byte) c;
      } else {
        length = at;
        character(c);
        at = length;
      }
    }
    length = at;
  }

  private void escaped(byte[] bytes, int from, int end) {
    byte[] to = line;
    int at = length;
    for (int i = from; i < end; i++) {
      int c = bytes[i] & 0xff;
      if (c < PLAIN.length && PLAIN[c]) {
        to[at++] = (byte) c;
      } else {
        length = at;
        character((char) c);
        at = length;
      }
    }
    length = at;
  }

  private void character(char c) {
    if (c == '"' || c == '\\') {
      line[length++] = '\\';
      line[length++] = (byte) c;
    } else if (c < PLAIN.length && PLAIN[c]) {
      line[length++] = (byte) c;
    } else {
      line[length++] = '\\';
      line[length++] = 'u';
      line[length++] = HEX[c >> 12];
      line[length++] = HEX[c >> 8 & 15];
      line[length++] = HEX[c >> 4 & 15];
      line[length++] = HEX[c & 15];
    }
  }

  private void digits(long value) {
    if (value < 0) {
      line[length++] = '-';
    }
    int start = length;
    long rest = value;
    do {
      line[length++] = (byte) ('0' + Math.abs(rest % 10));
      rest /= 10;
    } while (rest != 0);
    for (int i = start, j = length - 1; i < j; i++, j--) {
      byte swapped = line[i];
      line[i] = line[j];
      line[j] = swapped;
    }
  }

  // Deprecated because it copies only the low byte of each character; in ASCII that is all of it,
  // and the copy is one call.
  @SuppressWarnings("deprecation")
  private void ascii(String text) {
    text.getBytes(0, text.length(), line, length);
    length += text.length();
  }
}
