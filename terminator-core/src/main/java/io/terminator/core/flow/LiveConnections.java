package io.terminator.core.flow;

import io.terminator.core.observe.WorkerCount;
import io.terminator.core.worker.Worker;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Every connection of one worker between accept and close. Worker thread only. */
public final class LiveConnections {
  private final Worker worker;
  private @Nullable Progress head;
  private int size;
  private long nextId;

  /** {@code firstId} keeps the ids of workers, and of their restarts, apart. */
  public LiveConnections(Worker worker, long firstId) {
    this.worker = worker;
    this.nextId = firstId;
  }

  public long nextId() {
    return nextId++;
  }

  public void add(Progress progress) {
    Progress first = head;
    progress.nextLive = first;
    if (first != null) {
      first.previousLive = progress;
    }
    head = progress;
    size++;
    worker.counts().add(WorkerCount.CONNECTIONS_ACTIVE);
    worker.counts().add(WorkerCount.CONNECTIONS_TOTAL);
    progress.tally().opened();
  }

  public void remove(Progress progress) {
    Progress before = progress.previousLive;
    Progress after = progress.nextLive;
    if (before == null) {
      head = after;
    } else {
      before.nextLive = after;
    }
    if (after != null) {
      after.previousLive = before;
    }
    progress.previousLive = null;
    progress.nextLive = null;
    size--;
    worker.counts().add(WorkerCount.CONNECTIONS_ACTIVE, -1);
    progress.tally().closed();
    Slot taken = progress.admissionSlot();
    if (taken != null) {
      taken.release();
    }
  }

  public int size() {
    return size;
  }

  /** A copy, so that whoever walks it may close what it finds. */
  public List<Progress> snapshot() {
    List<Progress> all = new ArrayList<>(size);
    for (Progress progress = head; progress != null; progress = progress.nextLive) {
      all.add(progress);
    }
    return all;
  }
}
