package io.terminator.core.worker;

import io.terminator.core.frame.FramePool;
import io.terminator.core.observe.CounterSet;
import io.terminator.core.observe.Diagnostics;
import io.terminator.core.observe.Recorder;
import io.terminator.core.observe.WorkerCount;
import io.terminator.core.setting.Quantity;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Detects whether one worker is overloaded, at each tick of its clock, and queues handshakes until
 * the overload ends. It starts at a threshold. It ends when, for half a second, the loop lag has
 * stayed below half of its threshold and the frames in use 10 percentage points below theirs.
 * Waiters are then admitted in order, a few at first and twice as many at each calm tick, so that
 * they do not cause the next overload. Worker thread only, unless a method states otherwise.
 */
public final class Overload extends Deadline {
  private static final Duration QUIET = Duration.ofSeconds(1);
  private static final int CALM_TICKS = 10;
  private static final int FIRST_RELEASE = 8;
  private static final int MOST_RELEASED = 1024;
  private static final int MOST_WAITING = 4096;
  private static final long MOST_BYTES = 4L << 20;
  // The overload ends this many percentage points below the frames threshold.
  private static final int FRAMES_BELOW = 10;

  private final int worker;
  private final DeadlineWheel deadlines;
  private final FramePool frames;
  private final CounterSet<WorkerCount> counts;
  private final Diagnostics diagnostics;
  private final Supplier<Recorder> recorder;
  private final Queue<Waiting> queue = new ArrayDeque<>();
  private volatile OverloadConfig config = OverloadConfig.DEFAULT;
  private volatile boolean over;
  private long waitingBytes;
  private int calmTicks;
  private int release = FIRST_RELEASE;
  private long heldSince;

  /** A waiter that is told whether it is admitted or refused. */
  public interface Waiter {
    void onTurn(boolean admitted);
  }

  private record Waiting(Waiter waiter, long bytes, long sinceNanos) {}

  Overload(
      int worker,
      DeadlineWheel deadlines,
      FramePool frames,
      CounterSet<WorkerCount> counts,
      Diagnostics diagnostics,
      Supplier<Recorder> recorder) {
    this.diagnostics = diagnostics;
    this.recorder = recorder;
    this.worker = worker;
    this.deadlines = deadlines;
    this.frames = frames;
    this.counts = counts;
    deadlines.whenTicked(this::onTick);
  }

  /** Sets the thresholds, effective at the next tick. Any thread. */
  public void configure(OverloadConfig next) {
    config = next;
  }

  /** Any thread. */
  public boolean isOver() {
    return over;
  }

  /**
   * False if too many are waiting. Otherwise {@code waiter}, which holds {@code bytes}, is told
   * once.
   */
  public boolean await(Waiter waiter, long bytes) {
    if (queue.size() >= MOST_WAITING || waitingBytes + bytes > MOST_BYTES) {
      return false;
    }
    waitingBytes += bytes;
    queue.add(new Waiting(waiter, bytes, System.nanoTime()));
    counts.add(WorkerCount.HANDSHAKES_HELD);
    keepTicking();
    return true;
  }

  private void onTick(long lagNanos) {
    OverloadConfig marks = config;
    long lagMark = marks.loopLag().toNanos();
    boolean late = lagMark > 0 && lagNanos >= lagMark;
    boolean full = marks.frames() > 0 && usedPercent() >= marks.frames();
    if (late || full) {
      calmTicks = 0;
      release = FIRST_RELEASE;
      if (!over) {
        toOver(late, lagNanos);
      }
    } else if (over) {
      boolean calm =
          (lagMark == 0 || lagNanos < lagMark / 2)
              && (marks.frames() == 0 || usedPercent() < marks.frames() - FRAMES_BELOW);
      calmTicks = calm ? calmTicks + 1 : 0;
      if (calmTicks >= CALM_TICKS) {
        toCalm();
      }
    }
    if (!queue.isEmpty()) {
      serve(marks.patience().toNanos());
    }
    if (over || !queue.isEmpty()) {
      keepTicking();
    }
  }

  /**
   * Between calm and the threshold no waiter is admitted, but none waits longer than allowed
   * either.
   */
  private void serve(long mostNanos) {
    if (!over || calmTicks > 0) {
      for (int i = 0; i < release && !queue.isEmpty(); i++) {
        next(true);
      }
      release = Math.min(MOST_RELEASED, release * 2);
    }
    long now = System.nanoTime();
    while (!queue.isEmpty() && now - queue.element().sinceNanos() >= mostNanos) {
      next(false);
    }
  }

  private void next(boolean admitted) {
    Waiting first = queue.remove();
    waitingBytes -= first.bytes();
    first.waiter().onTurn(admitted);
  }

  private void toOver(boolean late, long lagNanos) {
    over = true;
    heldSince = counts.get(WorkerCount.HANDSHAKES_HELD);
    counts.add(WorkerCount.OVERLOADS);
    String why =
        late
            ? "its event loop lags by " + TimeUnit.NANOSECONDS.toMillis(lagNanos) + " ms"
            : usedPercent() + " percent of its frames are in use";
    recorder.get().onOverload(worker, true, why);
    diagnostics.warn(
        "overload " + worker,
        QUIET,
        () ->
            "worker="
                + worker
                + ": overloaded, "
                + why
                + "; full handshakes wait until it ends. If it lasts, add cores or replicas, or change the limits under"
                + " overload");
  }

  private void toCalm() {
    over = false;
    long waited = counts.get(WorkerCount.HANDSHAKES_HELD) - heldSince;
    recorder.get().onOverload(worker, false, waited + " handshakes had to wait");
    diagnostics.info(
        "calm " + worker,
        QUIET,
        () ->
            "worker="
                + worker
                + ": no longer overloaded; "
                + Quantity.of(waited, "handshake")
                + " had to wait");
  }

  private long usedPercent() {
    return frames.budget() == 0 ? 0 : 100L * frames.used() / frames.budget();
  }

  /** The clock stands still while nothing is armed. */
  private void keepTicking() {
    if (!isArmed()) {
      deadlines.armTicks(this, 1);
    }
  }

  @Override
  protected void onDue() {
    // The tick that fired this deadline has done the work.
  }
}
