package io.terminator.load.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PatternTest {
  private static final int LENGTH = 400_000;

  private final Pattern pattern = new Pattern();

  @Test
  void matchesItselfAcrossItsPeriod() {
    ByteBuffer bytes = piece(Pattern.PERIOD - 10, 5_000_000_000L);

    assertThat(matches(bytes, Pattern.PERIOD - 10, 5_000_000_000L)).isTrue();
  }

  @Test
  void everySingleBitCounts() {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    SplittableRandom random = new SplittableRandom(seed);
    ByteBuffer bytes = piece(17, 0);
    for (int i = 0; i < 200; i++) {
      int place = random.nextInt(LENGTH);
      byte bit = (byte) (1 << random.nextInt(8));
      bytes.put(place, (byte) (bytes.get(place) ^ bit));
      assertThat(matches(bytes, 17, 0)).as("bit %s of byte %s", bit, place).isFalse();
      bytes.put(place, (byte) (bytes.get(place) ^ bit));
    }
    assertThat(matches(bytes, 17, 0)).isTrue();
  }

  @Test
  void anyOtherPlaceIsAnotherStream() {
    ByteBuffer bytes = piece(0, 0);
    for (int lost : new int[] {1, 1024, 16 * 1024, 64 * 1024, 256 * 1024, 1 << 20}) {
      assertThat(matches(bytes, 0, lost)).as("%s bytes lost", lost).isFalse();
    }
  }

  private ByteBuffer piece(int start, long position) {
    ByteBuffer bytes = ByteBuffer.allocateDirect(LENGTH);
    for (int at = 0; at < LENGTH; at += 1000) {
      pattern.copy(start, position + at, bytes, at, 1000);
    }
    return bytes;
  }

  private boolean matches(ByteBuffer bytes, int start, long position) {
    boolean matches = pattern.matches(bytes, 0, LENGTH, start, position);
    bytes.clear();
    return matches;
  }
}
