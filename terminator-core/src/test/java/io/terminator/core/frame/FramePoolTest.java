package io.terminator.core.frame;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terminator.core.observe.Diagnostics;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class FramePoolTest {
  private static final long BUDGET = 512L * FramePool.FRAME_SIZE;

  @Test
  void givesTheWholeBudgetAndNotOneFrameMore() {
    FramePool pool = new FramePool(BUDGET, Runnable::run, new Diagnostics());
    assertThat(takeAll(pool)).hasSize(512);
    assertThat(pool.take()).isNull();
    assertThat(pool.used()).isEqualTo(512);
    assertThat(pool.highWatermark()).isEqualTo(512);
  }

  @Test
  void hasTheSameCapacityAfterBurstIdleBurst() {
    FramePool pool = new FramePool(BUDGET, Runnable::run, new Diagnostics());
    List<Frame> first = takeAll(pool);
    first.forEach(pool::release);
    assertThat(pool.used()).isZero();
    int created = pool.created();
    assertThat(takeAll(pool)).hasSameSizeAs(first);
    assertThat(pool.created()).isEqualTo(created).isEqualTo(pool.budget());
  }

  @Test
  void refusesToTakeAFrameBackTwice() {
    FramePool pool = new FramePool(BUDGET, Runnable::run, new Diagnostics());
    Frame frame = java.util.Objects.requireNonNull(pool.take());
    pool.release(frame);
    assertThatThrownBy(() -> pool.release(frame)).hasMessageContaining("released twice");
  }

  @Test
  void allowsNoReadThatCouldTouchTheReserve() {
    FramePool pool = new FramePool(BUDGET, Runnable::run, new Diagnostics());
    List<Frame> taken = new ArrayList<>();
    while (pool.hasRoomForRead()) {
      taken.add(java.util.Objects.requireNonNull(pool.take()));
    }
    int left = pool.budget() - pool.used();
    assertThat(left * FramePool.FRAME_SIZE).isGreaterThan(FramePool.LARGEST_READ);
    assertThat(taken).isNotEmpty();
  }

  @Test
  void wakesWaitersInOrderAndOnlyWhileThereIsRoom() {
    FramePool pool = new FramePool(BUDGET, Runnable::run, new Diagnostics());
    List<Frame> taken = new ArrayList<>();
    while (pool.hasRoomForRead()) {
      taken.add(java.util.Objects.requireNonNull(pool.take()));
    }
    List<String> woken = new ArrayList<>();
    pool.awaitRoom(
        () -> {
          woken.add("first");
          taken.add(java.util.Objects.requireNonNull(pool.take()));
        });
    pool.awaitRoom(() -> woken.add("second"));

    pool.release(taken.remove(0));
    assertThat(woken).containsExactly("first");
    pool.release(taken.remove(0));
    assertThat(woken).containsExactly("first", "second");
  }

  @Test
  void runsNoWaiterFromWithinARelease() {
    List<Runnable> later = new ArrayList<>();
    FramePool pool = new FramePool(BUDGET, later::add, new Diagnostics());
    List<Frame> taken = takeAll(pool);
    List<String> woken = new ArrayList<>();
    pool.awaitRoom(() -> woken.add("first"));
    pool.awaitRoom(() -> woken.add("second"));
    taken.forEach(pool::release);
    // The code that released a frame may be in the middle of a read into memory that a waiter would
    // use as well.
    assertThat(woken).isEmpty();
    assertThat(later).hasSize(1);
    later.remove(0).run();
    assertThat(woken).containsExactly("first", "second");
    assertThat(pool.waiters()).isZero();
  }

  @Test
  void whereDirectMemoryEndsBeforeTheBudgetThatIsTheBudget() throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:MaxDirectMemorySize=7m",
                "-cp",
                System.getProperty("java.class.path"),
                Limited.class.getName())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    // Three slabs of 2 MiB.
    assertThat(said)
        .contains("384 taken, budget 384, room false")
        .contains("memory.frames: only 384 of");
  }

  /** Takes all frames of a pool that got less memory than its budget. */
  static final class Limited {
    public static void main(String[] none) {
      try (Diagnostics diagnostics = new Diagnostics()) {
        FramePool pool = new FramePool(64L << 20, Runnable::run, diagnostics);
        List<Frame> taken = takeAll(pool);
        System.out.println(
            taken.size() + " taken, budget " + pool.budget() + ", room " + pool.hasRoomForRead());
      }
    }
  }

  private static List<Frame> takeAll(FramePool pool) {
    List<Frame> taken = new ArrayList<>();
    for (Frame frame = pool.take(); frame != null; frame = pool.take()) {
      taken.add(frame);
    }
    return taken;
  }
}
