package io.terminator.core.frame;

import io.terminator.core.observe.Diagnostics;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The cost of memory for a blocked direction: one frame, and the frames of a full high-water mark.
 *
 * <p>Run: {@code test-harness/load/jmh FramePoolBenchmark -prof gc}
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class FramePoolBenchmark {
  private static final int HIGH_WATER = 16;

  private final FramePool pool = new FramePool(64L << 20, Runnable::run, new Diagnostics());
  private final Frame[] held = new Frame[HIGH_WATER];

  @Benchmark
  public Frame one() {
    Frame frame = pool.take();
    pool.release(frame);
    return frame;
  }

  @Benchmark
  @OperationsPerInvocation(HIGH_WATER)
  public void highWater() {
    for (int i = 0; i < HIGH_WATER; i++) {
      held[i] = pool.take();
    }
    for (int i = HIGH_WATER - 1; i >= 0; i--) {
      pool.release(held[i]);
    }
  }
}
