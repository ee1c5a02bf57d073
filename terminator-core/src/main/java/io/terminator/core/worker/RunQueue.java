package io.terminator.core.worker;

import io.netty.channel.IoEventLoop;
import io.netty.channel.SingleThreadEventLoop;
import java.util.ArrayDeque;

/**
 * Long work, shared out over the turns of the loop so that what connections relay overtakes it: one long step a turn, and a
 * few endings. A socket that is ready waits for one of them, and 300 us of short ones, however many are due. Worker thread only.
 */
public final class RunQueue {
  // Each closes two sockets, a tenth of a handshake's step. More where many wait: descriptors would
  // pile up.
  private static final int ENDINGS = 3;
  private static final int SHARE_OF_ENDINGS = 16;
  // Less than a signature: of short steps, such as those of resumed sessions, a turn has several.
  private static final long SHORT_NANOS = 80_000;
  // A loop's round costs more than one of them: two a turn made resumed handshakes a tenth dearer.
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

  /** True where this turn has had no long step yet, nor 300 us of short ones: the caller runs its own at once. Else it goes to {@link #await}. */
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

  /** Runs {@code step}, which does not throw, in a turn of its own, in the order of asking; after {@link #take} said no. */
  public void await(Runnable step) {
    steps.add(step);
  }

  /** Runs {@code ending}, which does not throw, after the events of this turn, or of one soon after. */
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
      // From here it runs behind the next turn's events; from a task it would run before them.
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
