package io.terminator.core.flow;

import io.terminator.core.observe.WorkerCount;
import io.terminator.core.worker.Worker;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The connections of one worker between accept and close. Worker thread only. */
public final class LiveConnections {
  private final Worker worker;
  private @Nullable Connection head;
  private int size;
  private long nextId;

  /** {@code firstId} separates the ids of workers and of their replacements. */
  public LiveConnections(Worker worker, long firstId) {
    this.worker = worker;
    this.nextId = firstId;
  }

  public long nextId() {
    return nextId++;
  }

  public void add(Connection connection) {
    Connection first = head;
    connection.nextLive = first;
    if (first != null) {
      first.previousLive = connection;
    }
    head = connection;
    size++;
    worker.counts().add(WorkerCount.CONNECTIONS_ACTIVE);
    worker.counts().add(WorkerCount.CONNECTIONS_TOTAL);
    connection.counters().opened();
  }

  public void remove(Connection connection) {
    Connection before = connection.previousLive;
    Connection after = connection.nextLive;
    if (before == null) {
      head = after;
    } else {
      before.nextLive = after;
    }
    if (after != null) {
      after.previousLive = before;
    }
    connection.previousLive = null;
    connection.nextLive = null;
    size--;
    worker.counts().add(WorkerCount.CONNECTIONS_ACTIVE, -1);
    connection.counters().closed();
    connection.admissionSlot().release();
  }

  public int size() {
    return size;
  }

  /** A copy, so that the caller may close connections while it iterates. */
  public List<Connection> snapshot() {
    List<Connection> all = new ArrayList<>(size);
    for (Connection connection = head; connection != null; connection = connection.nextLive) {
      all.add(connection);
    }
    return all;
  }
}
