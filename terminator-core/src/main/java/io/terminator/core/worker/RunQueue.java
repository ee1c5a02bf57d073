package io.terminator.core.worker;

import io.netty.channel.IoEventLoop;
import io.netty.channel.SingleThreadEventLoop;
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

  private final SingleThreadEventLoop loop;
  private final ArrayDeque<Runnable> steps = new ArrayDeque<>();
  private final ArrayDeque<Runnable> endings = new ArrayDeque<>();
  private final Runnable endOfTurn = this::endTurn;
  private final Runnable nextStep = this::runStep;
  private long started;
  private long lastStep;
  private boolean taken;
  private boolean armed;

  RunQueue(IoEventLoop loop) {
    this.loop = (SingleThreadEventLoop) loop;
  }

  /**
   * True if this turn has run no long step yet, and less than 300 us of short ones: the caller runs
   * its step immediately. Otherwise the caller queues it with {@link #await}.
   */
  public boolean take() {
    if (taken && !steps.isEmpty()) {
      return false;
    }
    long now = System.nanoTime();
    if (taken && isUsedUp(now)) {
      return false;
    }
    if (!taken) {
      taken = true;
      started = now;
      arm();
    }
    lastStep = now;
    return true;
  }

  /**
   * Queues {@code step}, which must not throw, for a turn of its own, in order of the calls. Called
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
    arm();
  }

  private void arm() {
    if (!armed) {
      armed = true;
      loop.executeAfterEventLoopIteration(endOfTurn);
    }
  }

  private void endTurn() {
    armed = false;
    for (int most = Math.max(ENDINGS, endings.size() / SHARE_OF_ENDINGS); most > 0; most--) {
      Runnable ending = endings.poll();
      if (ending == null) {
        break;
      }
      ending.run();
    }
    taken = !steps.isEmpty();
    if (taken || !endings.isEmpty()) {
      // From here it runs after the next turn's events; from a task it would run before them.
      loop.execute(nextStep);
    }
  }

  private void runStep() {
    arm();
    started = System.nanoTime();
    long now = started;
    do {
      Runnable step = steps.poll();
      if (step == null) {
        return;
      }
      lastStep = now;
      step.run();
      now = System.nanoTime();
    } while (!isUsedUp(now));
  }

  private boolean isUsedUp(long now) {
    return now - lastStep >= SHORT_NANOS || now - started >= TURN_NANOS;
  }
}
