package io.terminator.core.http.route;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The path of a request as routes see it: percent-decoded once, without path parameters, with one
 * slash for a run of slashes. A backslash and an encoded slash count as a slash, and an encoded
 * semicolon as a semicolon, since backends exist that take them for one; so a route that keeps
 * clients away from a path also holds for its other spellings. The request itself is forwarded as
 * it was sent.
 *
 * <p>Used only for the few paths that are not {@link #isPlain}: it allocates. Immutable.
 */
final class PathForm {
  private final byte[] bytes;

  /** Where in the request what follows the first n bytes begins, for each n. */
  private final int[] rests;

  private final int length;

  private PathForm(byte[] bytes, int[] rests, int length) {
    this.bytes = bytes;
    this.rests = rests;
    this.length = length;
  }

  /** The end of the path of a request target: its query, or its end. */
  static int end(byte[] target, int from, int to) {
    for (int i = from; i < to; i++) {
      if (target[i] == '?') {
        return i;
      }
    }
    return to;
  }

  /** Whether the path between the two is its own form: all but a few are. */
  static boolean isPlain(byte[] target, int from, int to) {
    int before = 0;
    for (int i = from; i < to; i++) {
      byte b = target[i];
      switch (b) {
        // The last four begin what a careless decoder takes for a shorter character.
        case '%', ';', '\\', '#', (byte) 0xc0, (byte) 0xc1, (byte) 0xe0, (byte) 0xf0 -> {
          return false;
        }
        case '/' -> {
          if (before == '/') {
            return false;
          }
        }
        case '.' -> {
          // Names with a leading dot, such as /.well-known, are checked in full.
          if (before == '/') {
            return false;
          }
        }
        default -> {}
      }
      before = b;
    }
    return true;
  }

  /**
   * The form of a path; null if it is malformed or ambiguous: an invalid or control character, a
   * fragment, or a segment {@code .} or {@code ..}, which every client resolves before it sends.
   */
  static @Nullable PathForm of(byte[] target, int from, int to) {
    byte[] bytes = new byte[to - from];
    int[] rests = new int[to - from + 1];
    int length = 0;
    int segment = 0;
    boolean inParameters = false;
    int at = from;
    while (at < to) {
      int start = at;
      int c = target[at++] & 0xff;
      if (c == '%') {
        c = at + 1 < to ? hex(target[at]) << 4 | hex(target[at + 1]) : -1;
        at += 2;
      } else if (c == '#') {
        return null;
      }
      if (c == ';') {
        inParameters = true;
        continue;
      }
      if (c < ' ' || c == 0x7f || isOverlong(length == 0 ? 0 : bytes[length - 1] & 0xff, c)) {
        return null;
      }
      if (c == '/' || c == '\\') {
        inParameters = false;
        if (isDots(bytes, segment, length)) {
          return null;
        }
        if (length > 0 && bytes[length - 1] == '/') {
          continue;
        }
        c = '/';
        segment = length + 1;
      } else if (inParameters) {
        continue;
      }
      rests[length] = start;
      bytes[length++] = (byte) c;
    }
    if (isDots(bytes, segment, length)) {
      return null;
    }
    rests[length] = to;
    return new PathForm(bytes, rests, length);
  }

  /**
   * Whether the bytes are part of a character in more bytes than UTF-8 has for it; careless
   * decoders take C0 AF and E0 80 AF for a slash.
   */
  private static boolean isOverlong(int before, int c) {
    return c == 0xc0
        || c == 0xc1
        || before == 0xe0 && c >= 0x80 && c < 0xa0
        || before == 0xf0 && c >= 0x80 && c < 0x90;
  }

  private static boolean isDots(byte[] bytes, int from, int to) {
    int count = to - from;
    return (count == 1 || count == 2) && bytes[from] == '.' && bytes[to - 1] == '.';
  }

  /** Negative for other characters, and so is every value that it is part of. */
  private static int hex(byte digit) {
    return Character.digit(digit, 16);
  }

  /**
   * Where in the request the part begins that {@code condition} does not name; negative if it does
   * not match.
   */
  int matchedEnd(PathMatch condition) {
    int matched = condition.matched(bytes, 0, length);
    return matched < 0 ? -1 : rests[matched];
  }

  @Override
  public String toString() {
    return new String(Arrays.copyOf(bytes, length), java.nio.charset.StandardCharsets.UTF_8);
  }
}
