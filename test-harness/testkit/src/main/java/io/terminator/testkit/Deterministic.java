package io.terminator.testkit;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.SplittableRandom;

/**
 * An endless stream of bytes that a seed determines, with the hash of what was taken. The bytes do
 * not depend on the sizes of the pieces. Used by one thread.
 */
public final class Deterministic {

  private final long seed;
  private final SplittableRandom random;
  private final ByteBuffer word = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private final Sha256 taken = new Sha256();

  public Deterministic(long seed) {
    this.seed = seed;
    this.random = new SplittableRandom(seed);
    word.position(word.limit());
  }

  /** With a new seed, which is printed so that a failure can be repeated. */
  public static Deterministic random() {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    return new Deterministic(seed);
  }

  /** The first {@code length} bytes of the stream of {@code seed}. */
  public static byte[] bytes(long seed, int length) {
    return new Deterministic(seed).next(length);
  }

  /** Hash of the first {@code length} bytes of the stream of {@code seed}, in constant memory. */
  public static String sha256(long seed, long length) {
    Deterministic stream = new Deterministic(seed);
    byte[] piece = new byte[1 << 14];
    for (long left = length; left > 0; left -= piece.length) {
      stream.fill(piece, (int) Math.min(left, piece.length));
    }
    return stream.sha256();
  }

  public long seed() {
    return seed;
  }

  /** The next {@code length} bytes. */
  public byte[] next(int length) {
    byte[] bytes = new byte[length];
    fill(bytes, length);
    return bytes;
  }

  /** Puts the next {@code length} bytes at the start of {@code target}. */
  public void fill(byte[] target, int length) {
    for (int at = 0; at < length; ) {
      if (!word.hasRemaining()) {
        word.clear();
        word.putLong(0, random.nextLong());
      }
      int piece = Math.min(word.remaining(), length - at);
      word.get(target, at, piece);
      at += piece;
    }
    taken.update(target, 0, length);
  }

  /** Hash of all bytes taken so far, in hex. */
  public String sha256() {
    return taken.hex();
  }
}
