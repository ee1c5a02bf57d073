package io.terminator.core.http.h2;

/**
 * A priority of RFC 9218: urgency from 0 (most urgent) to 7, and whether the response may be mixed
 * with others of the same urgency. Packed into an int, so that it costs a stream no object.
 */
final class Priority {
  static final int DEFAULT = of(3, false);

  /** Without a priority from the client, responses share the room. */
  static final int FAIR = of(3, true);

  private static final int INCREMENTAL = 8;

  private Priority() {}

  static int of(int urgency, boolean incremental) {
    return urgency | (incremental ? INCREMENTAL : 0);
  }

  static int urgency(int priority) {
    return priority & 7;
  }

  static boolean isIncremental(int priority) {
    return (priority & INCREMENTAL) != 0;
  }

  /**
   * Reads the field value in {@code text[from, to)}, a dictionary of RFC 8941. Unknown members are
   * ignored; a member with a value out of range, or a value that is not a dictionary, has no effect
   * (RFC 9218 section 4).
   */
  static int parse(byte[] text, int from, int to) {
    int urgency = urgency(DEFAULT);
    boolean incremental = false;
    int at = from;
    while (at < to) {
      int end = at;
      while (end < to && text[end] != ',') {
        end++;
      }
      int start = at;
      while (start < end && isSpace(text[start])) {
        start++;
      }
      int stop = start;
      while (stop < end && text[stop] != ';' && !isSpace(text[stop])) {
        stop++;
      }
      int length = stop - start;
      if (length == 3 && text[start] == 'u' && text[start + 1] == '=') {
        int value = text[start + 2] - '0';
        urgency = value >= 0 && value <= 7 ? value : urgency;
      } else if (length == 1 && text[start] == 'i') {
        incremental = true;
      } else if (length == 4
          && text[start] == 'i'
          && text[start + 1] == '='
          && text[start + 2] == '?') {
        incremental = text[start + 3] == '1';
      }
      at = end + 1;
    }
    return of(urgency, incremental);
  }

  private static boolean isSpace(byte character) {
    return character == ' ' || character == '\t';
  }
}
