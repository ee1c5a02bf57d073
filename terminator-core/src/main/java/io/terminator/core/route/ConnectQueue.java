package io.terminator.core.route;

import io.terminator.core.flow.Slot;
import io.terminator.core.worker.Worker;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The connect queue of a backend: connections of all workers that wait for a server with a free
 * slot, in order of arrival. A released slot wakes one connection; one that was woken and cannot
 * use the slot wakes the next. Any thread; takes no lock.
 */
public final class ConnectQueue {
  private final ConcurrentLinkedDeque<Waiter> waiters = new ConcurrentLinkedDeque<>();
  private final AtomicInteger size = new AtomicInteger();

  /** One waiting connection. It leaves the queue when the connection ends. */
  public static final class Waiter implements Slot {
    private final ConnectQueue queue;
    private final Worker worker;
    private final Runnable onTurn;
    private final AtomicBoolean left = new AtomicBoolean();

    private Waiter(ConnectQueue queue, Worker worker, Runnable onTurn) {
      this.queue = queue;
      this.worker = worker;
      this.onTurn = onTurn;
    }

    @Override
    public void release() {
      leave();
    }

    /** False if it has already been woken: {@code onTurn} still runs and must wake the next. */
    public boolean leave() {
      boolean first = takeOut();
      if (first) {
        queue.waiters.remove(this);
      }
      return first;
    }

    private boolean takeOut() {
      boolean first = left.compareAndSet(false, true);
      if (first) {
        queue.size.decrementAndGet();
      }
      return first;
    }
  }

  /**
   * Enters at the end, or at the front with {@code first}, for a connection that was woken without
   * a slot. Null if {@code most} connections are waiting. {@code onTurn} runs on {@code worker}, at
   * most once. The caller must check for a free slot again afterwards, since one may have become
   * free meanwhile.
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

  public void wakeNext() {
    Waiter next = waiters.poll();
    while (next != null) {
      if (next.takeOut()) {
        next.worker.execute(next.onTurn);
        return;
      }
      next = waiters.poll();
    }
  }

  void wakeAll() {
    for (int i = size.get(); i > 0; i--) {
      wakeNext();
    }
  }

  public int size() {
    return size.get();
  }
}
