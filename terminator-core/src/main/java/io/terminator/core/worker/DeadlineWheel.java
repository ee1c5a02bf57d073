package io.terminator.core.worker;

import io.netty.channel.IoEventLoop;
import io.terminator.core.observe.CounterSet;
import io.terminator.core.observe.WorkerCount;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The coarse clock of one worker: deadlines in slots of {@link #TICK_MILLIS}, so that arming,
 * moving and cancelling cost a few stores. Ticks only while a deadline is armed, so an idle
 * appliance sleeps. Deadlines fire up to one tick late. Worker thread only.
 */
public final class DeadlineWheel {
  public static final int TICK_MILLIS = 50;

  private static final int SLOTS = 1024;
  private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(TICK_MILLIS);

  private final IoEventLoop loop;
  private final CounterSet<WorkerCount> counts;
  private final FaultLog faults;
  private final @Nullable Deadline[] slots = new Deadline[SLOTS];
  private final long startNanos = System.nanoTime();
  private final Runnable tick = this::onTick;
  private LongConsumer onTicked = lag -> {};
  private long currentTick;
  private long expectedNanos;
  private int armed;
  private boolean ticking;

  DeadlineWheel(IoEventLoop loop, CounterSet<WorkerCount> counts, FaultLog faults) {
    this.loop = loop;
    this.faults = faults;
    this.counts = counts;
  }

  /**
   * Ticks since the worker started, as of the last tick or arming. This is the resolution of idle
   * time.
   */
  public long currentTick() {
    return currentTick;
  }

  /** The number of ticks that cover at least {@code duration}. */
  public static long ticksOf(Duration duration) {
    return (duration.toMillis() + TICK_MILLIS - 1) / TICK_MILLIS;
  }

  public void arm(Deadline deadline, Duration in) {
    armTicks(deadline, ticksOf(in));
  }

  /** Arms or moves {@code deadline} to {@code ticks} from now, at least one. */
  public void armTicks(Deadline deadline, long ticks) {
    cancel(deadline);
    // Not counted from the last tick: if the thread or the whole process was suspended, that tick
    // is old, and a deadline armed before the clock catches up would expire immediately.
    long now = (System.nanoTime() - startNanos) / TICK_NANOS;
    if (!ticking) {
      ticking = true;
      currentTick = now;
      scheduleTick();
    }
    // One more than requested: a part of the current tick has passed, and a deadline must not fire
    // early.
    long due = Math.max(currentTick, now) + Math.max(1, ticks) + 1;
    int slot = (int) (due & (SLOTS - 1));
    deadline.link(due, slot, slots[slot]);
    slots[slot] = deadline;
    armed++;
  }

  public void cancel(Deadline deadline) {
    if (deadline.isArmed()) {
      int slot = deadline.slot();
      slots[slot] = deadline.unlink(slots[slot]);
      armed--;
    }
  }

  private void onTick() {
    long now = System.nanoTime();
    long lag = Math.max(0, now - expectedNanos);
    counts.add(WorkerCount.LOOP_LAG_NANOS, lag - counts.get(WorkerCount.LOOP_LAG_NANOS));
    counts.raise(WorkerCount.LOOP_LAG_HIGH_WATERMARK_NANOS, lag);
    long target = (now - startNanos) / TICK_NANOS;
    while (currentTick < target) {
      currentTick++;
      fire((int) (currentTick & (SLOTS - 1)));
    }
    heard(lag);
    if (armed > 0) {
      scheduleTick();
    } else {
      ticking = false;
    }
  }

  /** {@code receiver} gets the delay of each tick in nanoseconds. */
  void whenTicked(LongConsumer receiver) {
    onTicked = receiver;
  }

  private void heard(long lag) {
    try {
      onTicked.accept(lag);
    } catch (Throwable fault) {
      faults.report("a tick", fault);
    }
  }

  private void fire(int slot) {
    Deadline deadline = slots[slot];
    while (deadline != null) {
      Deadline following = deadline.next();
      if (deadline.dueTick() <= currentTick) {
        cancel(deadline);
        ring(deadline);
        // The deadline that fired may have cancelled its neighbour, so start over; those that fired
        // are no longer in the list.
        following = slots[slot] == null ? null : firstDue(slot);
      }
      deadline = following;
    }
  }

  /**
   * A fault of one deadline must not stop the clock: without it nothing on this worker would ever
   * time out again.
   */
  private void ring(Deadline deadline) {
    try {
      deadline.onDue();
    } catch (Throwable fault) {
      faults.report("a deadline", fault);
    }
  }

  private @Nullable Deadline firstDue(int slot) {
    Deadline deadline = slots[slot];
    while (deadline != null && deadline.dueTick() > currentTick) {
      deadline = deadline.next();
    }
    return deadline;
  }

  private void scheduleTick() {
    expectedNanos = System.nanoTime() + TICK_NANOS;
    loop.schedule(tick, TICK_NANOS, TimeUnit.NANOSECONDS);
  }
}
