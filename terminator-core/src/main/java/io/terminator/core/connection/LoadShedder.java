package io.terminator.core.connection;

import io.terminator.core.flow.Connection;
import io.terminator.core.flow.LiveConnections;
import io.terminator.core.frame.FramePool;
import io.terminator.core.phase.CloseReason;
import io.terminator.core.worker.Deadline;
import io.terminator.core.worker.Worker;
import java.util.Comparator;
import java.util.List;

/**
 * Frees frames held by peers that do not read, while other connections wait for frames. Without it
 * a few hundred such clients would stop a worker until the idle timeout. Connections without
 * progress for one second are closed first, the longest idle first. Connections that make just
 * enough progress to avoid that are closed, the largest first, once no connection has got a frame
 * for five seconds. Inactive unless a connection waits. Worker thread only.
 */
final class LoadShedder extends Deadline {
  private static final int SECOND = 20;
  private static final int PATIENT_LOOKS = 5;

  private final Worker worker;
  private final LiveConnections live;
  private boolean looking;
  private int looksWithoutWake;
  private long wakesBefore;

  LoadShedder(Worker worker, LiveConnections live) {
    this.worker = worker;
    this.live = live;
    worker.frames().whenShort(this::onShort);
  }

  private void onShort() {
    if (!looking) {
      looking = true;
      looksWithoutWake = 0;
      wakesBefore = worker.frames().wakes();
      worker.deadlines().armTicks(this, SECOND);
    }
  }

  @Override
  protected void onDue() {
    FramePool frames = worker.frames();
    looking = frames.waiters() > 0;
    if (!looking) {
      return;
    }
    looksWithoutWake = frames.wakes() == wakesBefore ? looksWithoutWake + 1 : 0;
    wakesBefore = frames.wakes();
    worker.deadlines().armTicks(this, SECOND);
    if (!frames.hasRoomForRead()) {
      shed(quietFirst());
      if (looksWithoutWake >= PATIENT_LOOKS) {
        shed(fullestFirst());
      }
    }
  }

  private void shed(List<Connection> victims) {
    for (Connection victim : victims) {
      if (worker.frames().hasRoomForWaiters()) {
        return;
      }
      victim.end(
          CloseReason.OVERLOAD, "held " + victim.pendingOutput() + " bytes while frames ran short");
    }
  }

  private List<Connection> quietFirst() {
    return live.snapshot().stream()
        .filter(connection -> connection.quietTicks() >= SECOND && connection.pendingOutput() > 0)
        .sorted(Comparator.comparingLong(Connection::quietTicks).reversed())
        .toList();
  }

  private List<Connection> fullestFirst() {
    return live.snapshot().stream()
        .filter(connection -> connection.pendingOutput() > 0)
        .sorted(Comparator.comparingLong(Connection::pendingOutput).reversed())
        .toList();
  }
}
