package io.terminator.core.frame;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.core.observe.Diagnostics;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FrameQueueTest {

  @Test
  void keepsBytesInOrderUnderRandomAppendsDrainsAndConsumes() {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    FramePool pool = new FramePool(256L * FramePool.FRAME_SIZE, Runnable::run, new Diagnostics());
    FrameQueue queue = new FrameQueue(pool);
    ByteBuffer source = ByteBuffer.allocateDirect(64 * 1024);
    ByteBuffer target = ByteBuffer.allocateDirect(64 * 1024);
    ByteArrayOutputStream sent = new ByteArrayOutputStream();
    long received = 0;

    for (int step = 0; step < 5_000; step++) {
      if (queue.bytes() < 1_000_000 && random.nextBoolean()) {
        byte[] bytes = new byte[random.nextInt(64 * 1024)];
        random.nextBytes(bytes);
        source.put(0, bytes);
        int from = bytes.length == 0 ? 0 : random.nextInt(bytes.length);
        assertThat(queue.append(source, from, bytes.length)).isTrue();
        sent.write(bytes, from, bytes.length - from);
      } else {
        int moved = queue.drainTo(target, 0, random.nextInt(64 * 1024));
        byte[] got = new byte[moved];
        target.get(0, got);
        byte[] all = sent.toByteArray();
        assertThat(got).isEqualTo(java.util.Arrays.copyOfRange(all, 0, moved));
        sent.reset();
        sent.write(all, moved, all.length - moved);
        received += moved;
      }
      assertThat(queue.bytes()).isEqualTo(sent.size());
    }
    assertThat(received).isPositive();
    queue.consume(queue.bytes());
    assertThat(pool.used()).isZero();
  }

  @Test
  void holdsNoFrameWhileEmpty() {
    FramePool pool = new FramePool(256L * FramePool.FRAME_SIZE, Runnable::run, new Diagnostics());
    FrameQueue queue = new FrameQueue(pool);
    ByteBuffer source = ByteBuffer.allocateDirect(40_000);
    queue.append(source, 0, 40_000);
    assertThat(pool.used()).isEqualTo(3);
    queue.consume(40_000);
    assertThat(pool.used()).isZero();
    assertThat(queue.head()).isNull();
  }

  @Test
  void saysWhenThePoolIsExhaustedAndGivesAllBackWhenCleared() {
    FramePool pool = new FramePool(0, Runnable::run, new Diagnostics());
    FrameQueue queue = new FrameQueue(pool);
    ByteBuffer source = ByteBuffer.allocateDirect(64 * 1024);
    boolean taken = true;
    for (int i = 0; i < 1_000 && taken; i++) {
      taken = queue.append(source, 0, source.capacity());
    }
    assertThat(taken).isFalse();
    assertThat(pool.used()).isEqualTo(pool.budget());
    queue.clear();
    assertThat(pool.used()).isZero();
    assertThat(queue.isEmpty()).isTrue();
  }
}
