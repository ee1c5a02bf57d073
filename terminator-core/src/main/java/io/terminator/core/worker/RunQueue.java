package io.terminator.core.worker;

import java.util.ArrayDeque;

/**
 * Distributes long tasks over the turns of the loop, so that relayed bytes overtake them: one long
 * step per turn, and a few endings. A ready socket waits for at most one long step and 300 us of
 * short ones, however many are due. Worker thread only.
 */
public final class RunQueue {
  // Each ending closes two sockets, a tenth of the cost of a handshake step. More when many are
  // waiting, since descriptors would accumulate.
  private static final int ENDINGS = 3;
  private static final int SHARE_OF_ENDINGS = 16;
  // Less than a signature: a turn runs several short steps, such as those of resumed sessions.
  private static final long SHORT_NANOS = 80_000;
  // A turn of the loop costs more than one short step: two per turn made resumed handshakes 10
  // percent slower.
  private static final long TURN_NANOS = 300_000;

  private final ArrayDeque<Runnable> steps = new ArrayDeque<>();
  private final ArrayDeque<Runnable> endings = new ArrayDeque<>();
  private long started;
  private long lastStep;
  private boolean taken;

  RunQueue() {}

  /**
   * True if no step waits, and this turn has run no long step yet and less than 300 us of short
   * ones: the caller runs its step immediately. Otherwise the caller queues it with {@link #await}.
   */
  public boolean take() {
    if (!steps.isEmpty()) {
      return false;
    }
    long now = System.nanoTime();
    if (!taken) {
      taken = true;
      started = now;
    } else if (isUsedUp(now)) {
      return false;
    }
    lastStep = now;
    return true;
  }

  /**
   * Queues {@code step}, which must not throw, for a later turn, in order of the calls. Called
   * after {@link #take} returned false.
   */
  public void await(Runnable step) {
    steps.add(step);
  }

  /**
   * Runs {@code ending}, which must not throw, after the events of this turn or of one of the next.
   */
  public void afterwards(Runnable ending) {
    endings.add(ending);
  }

  boolean isEmpty() {
    return steps.isEmpty() && endings.isEmpty();
  }

  /** The events of the turn were handled: relayed bytes have been read. */
  void endTurn() {
    if (!taken) {
      runSteps();
    }
    // Steps that a task of the loop takes from now on belong to the next turn.
    taken = false;
    for (int most = Math.max(ENDINGS, endings.size() / SHARE_OF_ENDINGS); most > 0; most--) {
      Runnable ending = endings.poll();
      if (ending == null) {
        return;
      }
      ending.run();
    }
  }

  private void runSteps() {
    Runnable step = steps.poll();
    if (step == null) {
      return;
    }
    started = System.nanoTime();
    long now = started;
    while (step != null) {
      lastStep = now;
      step.run();
      now = System.nanoTime();
      step = isUsedUp(now) ? null : steps.poll();
    }
  }

  private boolean isUsedUp(long now) {
    return now - lastStep >= SHORT_NANOS || now - started >= TURN_NANOS;
  }
}
