package io.terminator.load.wire;

import java.nio.ByteBuffer;

/**
 * One request and its answer of any length: the request is a header and {@code body} bytes of the
 * pattern, and the answer is {@code answer} bytes of the pattern. The header contains the positions
 * in the pattern, so no two connections carry the same bytes.
 */
public record Exchange(long body, long answer) {
  /** Bytes of a header: mark, check, body length, answer length, start of each. */
  public static final int HEADER = 32;

  private static final int MARK = 0x544c4f31;

  public Exchange {
    if (body < 0 || answer < 1) {
      throw new IllegalArgumentException(
          "exchange: body " + body + ", answer " + answer + ". Expected 0 or more and 1 or more");
    }
  }

  /**
   * A request of {@code request} bytes, including its header, whose answer has {@code answer}
   * bytes.
   */
  public static Exchange small(int request, int answer) {
    return new Exchange(request - HEADER, answer);
  }

  /** All bytes of the request. */
  public long request() {
    return HEADER + body;
  }

  /** Writes the header to {@code target} from index 0 on. */
  public void putHeader(ByteBuffer target, int bodyStart, int answerStart) {
    target.putInt(0, MARK);
    target.putInt(4, check(body, answer, bodyStart, answerStart));
    target.putLong(8, body);
    target.putLong(16, answer);
    target.putInt(24, bodyStart);
    target.putInt(28, answerStart);
  }

  /** Whether {@link #putHeader} has written {@code header}. */
  public static boolean isHeader(ByteBuffer header) {
    return header.getInt(0) == MARK
        && header.getLong(8) >= 0
        && header.getLong(16) > 0
        && header.getInt(4)
            == check(header.getLong(8), header.getLong(16), header.getInt(24), header.getInt(28))
        && isStart(header.getInt(24))
        && isStart(header.getInt(28));
  }

  /** The lengths in a header. */
  public static Exchange of(ByteBuffer header) {
    return new Exchange(header.getLong(8), header.getLong(16));
  }

  public static int bodyStart(ByteBuffer header) {
    return header.getInt(24);
  }

  public static int answerStart(ByteBuffer header) {
    return header.getInt(28);
  }

  private static boolean isStart(int start) {
    return start >= 0 && start < Pattern.PERIOD;
  }

  private static int check(long body, long answer, int bodyStart, int answerStart) {
    long mixed = (body * 31 + answer) * 31 + bodyStart;
    return Long.hashCode((mixed * 31 + answerStart) * 0x9e3779b97f4a7c15L);
  }
}
