package io.terminator.core.close;

import io.terminator.core.chain.StreamEvents;
import io.terminator.core.chain.TcpStream;
import io.terminator.core.worker.Deadline;

/**
 * Resets a socket, but not before what was written to it has been acknowledged, within limits: a reset destroys what is
 * still on its way, and those bytes came from the other side before it broke. Worker thread only.
 */
final class DelayedReset extends Deadline implements StreamEvents {
  /** Two seconds, unless the peer takes bytes meanwhile. */
  private static final int QUIET_TICKS = 40;

  /** Half a minute, however slowly it takes them: frames are held meanwhile. */
  private static final int MOST_TICKS = 600;

  private final TcpStream socket;
  private int quiet;
  private int age;
  private long waiting;

  private DelayedReset(TcpStream socket) {
    this.socket = socket;
    this.waiting = socket.pendingOutput();
  }

  static void abort(TcpStream socket) {
    if (isAcknowledged(socket)) {
      socket.abort();
      return;
    }
    // The worker may be stopped meanwhile.
    socket.resetOnClose();
    DelayedReset reset = new DelayedReset(socket);
    socket.attach(reset);
    socket.pauseReading(false);
    socket.worker().deadlines().armTicks(reset, 1);
  }

  private static boolean isAcknowledged(TcpStream socket) {
    return socket.isBroken() || (socket.pendingOutput() == 0 && !socket.hasUnacknowledged());
  }

  @Override
  protected void onDue() {
    long before = waiting;
    waiting = socket.pendingOutput();
    quiet = waiting < before ? 0 : quiet + 1;
    if (isAcknowledged(socket) || quiet >= QUIET_TICKS || ++age >= MOST_TICKS) {
      socket.abort();
    } else {
      socket.worker().deadlines().armTicks(this, 1);
    }
  }

  @Override
  public void onReadable() {
    // Nothing is read any more.
  }

  @Override
  public void onWritable() {
    if (socket.isBroken()) {
      leave();
    }
  }

  @Override
  public void onHangUp() {
    leave();
  }

  @Override
  public void onFault(Throwable fault) {
    leave();
  }

  private void leave() {
    socket.worker().deadlines().cancel(this);
    socket.abort();
  }
}
