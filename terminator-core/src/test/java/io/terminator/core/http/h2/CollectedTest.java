package io.terminator.core.http.h2;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.core.frame.FramePool;
import io.terminator.core.frame.FrameQueue;
import io.terminator.core.observe.Diagnostics;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CollectedTest {
  private static final int MOST = 8 * 1024;

  private final FramePool pool =
      new FramePool(256L * FramePool.FRAME_SIZE, Runnable::run, new Diagnostics());
  private final ArrayDeque<byte[]> free = new ArrayDeque<>();
  private final Collected collected = new Collected(free, new FrameQueue(pool));

  @Test
  void keepsBytesInOrderUnderRandomAppendsAndDrains() {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    ByteBuffer source = ByteBuffer.allocateDirect(MOST);
    ByteBuffer target = ByteBuffer.allocateDirect(MOST);
    ByteArrayOutputStream waiting = new ByteArrayOutputStream();
    for (int step = 0; step < 20_000; step++) {
      if (collected.bytes() < 100_000 && random.nextBoolean()) {
        byte[] bytes = new byte[random.nextInt(random.nextBoolean() ? 200 : MOST)];
        random.nextBytes(bytes);
        source.put(0, bytes);
        int from = bytes.length == 0 ? 0 : random.nextInt(bytes.length);
        assertThat(collected.append(source, from, bytes.length)).isTrue();
        waiting.write(bytes, from, bytes.length - from);
      } else {
        int at = random.nextInt(MOST);
        int moved = collected.drainTo(target, at, at + random.nextInt(MOST - at));
        byte[] got = new byte[moved];
        target.get(at, got);
        byte[] all = waiting.toByteArray();
        assertThat(got).isEqualTo(Arrays.copyOf(all, moved));
        waiting.reset();
        waiting.write(all, moved, all.length - moved);
      }
      assertThat(collected.bytes()).isEqualTo(waiting.size());
      assertThat(collected.isEmpty()).isEqualTo(waiting.size() == 0);
    }
    collected.clear();
    assertThat(pool.used()).isZero();
    assertThat(collected.bytes()).isZero();
    assertThat(free).as("the same array again and again").hasSize(1);
  }

  @Test
  void fewBytesTakeNoFrame() {
    ByteBuffer source = ByteBuffer.allocate(Collected.FEW);
    collected.append(source, 0, Collected.FEW);
    assertThat(pool.used()).isZero();
    collected.append(source, 0, 1);
    assertThat(pool.used()).isEqualTo(1);
  }
}
