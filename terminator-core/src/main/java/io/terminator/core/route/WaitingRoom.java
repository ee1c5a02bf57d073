package io.terminator.core.route;

import io.terminator.core.flow.Slot;
import io.terminator.core.worker.Worker;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Connections of all workers that wait for a server with room, first come first served. Whoever frees a place calls one of
 * them; one that was called and cannot use it calls the next. Any thread; takes no lock.
 */
public final class WaitingRoom {
  private final ConcurrentLinkedDeque<Waiter> waiters = new ConcurrentLinkedDeque<>();
  private final AtomicInteger size = new AtomicInteger();

  /** One connection's place; leaves it when the connection goes. */
  public static final class Waiter implements Slot {
    private final WaitingRoom room;
    private final Worker worker;
    private final Runnable onTurn;
    private final AtomicBoolean left = new AtomicBoolean();

    private Waiter(WaitingRoom room, Worker worker, Runnable onTurn) {
      this.room = room;
      this.worker = worker;
      this.onTurn = onTurn;
    }

    @Override
    public void release() {
      leave();
    }

    /** False when it was called already: {@code onTurn} runs all the same, and has to call the next. */
    public boolean leave() {
      boolean first = takeOut();
      if (first) {
        room.waiters.remove(this);
      }
      return first;
    }

    private boolean takeOut() {
      boolean first = left.compareAndSet(false, true);
      if (first) {
        room.size.decrementAndGet();
      }
      return first;
    }
  }

  /**
   * A place behind the others, or before them for one who was called in vain; null when {@code most} wait already. {@code
   * onTurn} runs on {@code worker}, at most once. The caller looks again for room afterwards: it may have come meanwhile.
   */
  public @Nullable Waiter enter(Worker worker, int most, boolean first, Runnable onTurn) {
    if (size.incrementAndGet() > most) {
      size.decrementAndGet();
      return null;
    }
    Waiter waiter = new Waiter(this, worker, onTurn);
    if (first) {
      waiters.addFirst(waiter);
    } else {
      waiters.addLast(waiter);
    }
    return waiter;
  }

  public void callNext() {
    Waiter next = waiters.poll();
    while (next != null) {
      if (next.takeOut()) {
        next.worker.execute(next.onTurn);
        return;
      }
      next = waiters.poll();
    }
  }

  void callAll() {
    for (int i = size.get(); i > 0; i--) {
      callNext();
    }
  }

  public int size() {
    return size.get();
  }
}
