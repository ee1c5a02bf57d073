package io.terminator.core.http.field;

/**
 * The id of one request, kept for its response and its log line. Reused for the next request;
 * worker thread only.
 */
public final class RequestId {
  static final int LONGEST = 128;
  private static final int HALF = 16;
  private static final byte[] DIGITS = {
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'
  };

  // Of the length of an own id: every client connection has one.
  private byte[] bytes = new byte[2 * HALF];
  private int length;

  /** ASCII; only the first {@link #length} bytes. */
  public byte[] bytes() {
    return bytes;
  }

  /** Zero if the request has no id. */
  public int length() {
    return length;
  }

  /** For the next request. */
  public void clear() {
    length = 0;
  }

  void set(long high, long low) {
    write(high, 0);
    write(low, HALF);
    length = 2 * HALF;
  }

  private void write(long bits, int at) {
    for (int i = 0; i < HALF; i++) {
      bytes[at + i] = DIGITS[(int) (bits >>> (60 - 4 * i)) & 0xf];
    }
  }

  /** False, and no id, if the text cannot be one: too long, or not of the usual characters. */
  boolean set(byte[] text, int from, int to) {
    length = 0;
    if (from == to || to - from > LONGEST) {
      return false;
    }
    for (int i = from; i < to; i++) {
      if (!isPart(text[i])) {
        return false;
      }
    }
    if (to - from > bytes.length) {
      bytes = new byte[LONGEST];
    }
    System.arraycopy(text, from, bytes, 0, to - from);
    length = to - from;
    return true;
  }

  private static boolean isPart(byte b) {
    return b >= 'a' && b <= 'z'
        || b >= 'A' && b <= 'Z'
        || b >= '0' && b <= '9'
        || "-_.:+/=@~|".indexOf(b) >= 0;
  }

  @Override
  public String toString() {
    return new String(bytes, 0, length, java.nio.charset.StandardCharsets.US_ASCII);
  }
}
