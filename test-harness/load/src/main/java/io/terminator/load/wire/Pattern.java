package io.terminator.load.wire;

import io.netty.channel.unix.Buffer;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;

/**
 * An endless stream of bytes, the same in every process: random bytes that repeat after {@link
 * #PERIOD}. The period is a prime number, so a block that a proxy lost, duplicated or swapped is
 * never followed by matching bytes. A check is one vectorized comparison, cheap enough for every
 * byte of a measurement. One thread.
 */
public final class Pattern {
  public static final int PERIOD = 262_147;

  /** The number of contiguous bytes from any position of the pattern. */
  public static final int SPAN = 256 * 1024;

  private static final long SEED = 0x7e4d_1a70_5eed_0001L;

  private final ByteBuffer bytes;
  private final long address;

  public Pattern() {
    bytes = ByteBuffer.allocateDirect(PERIOD + SPAN);
    address = Buffer.memoryAddress(bytes);
    SplittableRandom random = new SplittableRandom(SEED);
    for (int i = 0; i < PERIOD; i++) {
      bytes.put(i, (byte) random.nextInt());
    }
    for (int i = 0; i < SPAN; i++) {
      bytes.put(PERIOD + i, bytes.get(i % PERIOD));
    }
  }

  /**
   * The location of {@link #SPAN} bytes of the pattern, {@code position} bytes after {@code start}.
   */
  public long address(int start, long position) {
    return address + offset(start, position);
  }

  /**
   * Copies {@code length} bytes, at most {@link #SPAN}, into {@code target} from its index {@code
   * at} on.
   */
  public void copy(int start, long position, ByteBuffer target, int at, int length) {
    target.put(at, bytes, offset(start, position), length);
  }

  /**
   * Whether {@code length} bytes of {@code actual} from {@code from} are those at {@code position}
   * bytes after {@code start}. Changes the position and limit of {@code actual}.
   */
  public boolean matches(ByteBuffer actual, int from, int length, int start, long position) {
    int done = 0;
    while (done < length) {
      int piece = Math.min(length - done, SPAN);
      int offset = offset(start, position + done);
      bytes.limit(offset + piece).position(offset);
      actual.limit(from + done + piece).position(from + done);
      if (bytes.mismatch(actual) >= 0) {
        bytes.clear();
        return false;
      }
      done += piece;
    }
    bytes.clear();
    return true;
  }

  private static int offset(int start, long position) {
    return (int) ((start + position) % PERIOD);
  }
}
