package io.terminator.core.close;

import io.terminator.core.chain.StreamEvents;
import io.terminator.core.chain.TcpStream;
import io.terminator.core.frame.Scratch;
import io.terminator.core.worker.Deadline;

/**
 * Closes a client that was sent a final message (an alert, a plain answer, a response that overtook
 * its request) while it may still be sending. A close with unread bytes becomes a reset, which
 * would overtake that message. The output is finished and input is discarded until the client ends,
 * or until one second after it has acknowledged everything. Input is discarded before it reaches
 * any layer, so this applies to the connection's socket, never to one of several streams over it.
 * Worker thread only.
 */
final class LingeringClose extends Deadline implements StreamEvents {
  private static final int LOOK_TICKS = 5;

  /** A second: acknowledged bytes are with the client's system, and it has to read them. */
  private static final int SETTLED_LOOKS = 4;

  /** Half a minute at most, even if the client still reads slowly. */
  private static final int MOST_LOOKS = 120;

  private static final int MOST_DROPPED = 4 * 1024 * 1024;

  private final TcpStream socket;
  private int looks;
  private int settledLooks;
  private int dropped;

  LingeringClose(TcpStream socket) {
    this.socket = socket;
  }

  void begin() {
    socket.attach(this);
    socket.finishOutput(false);
    if (socket.isBroken()) {
      socket.abort();
      return;
    }
    socket.worker().deadlines().armTicks(this, LOOK_TICKS);
    socket.gate().drain();
  }

  @Override
  protected void onDue() {
    if (isOver()) {
      socket.close();
    } else {
      socket.worker().deadlines().armTicks(this, LOOK_TICKS);
    }
  }

  private boolean isOver() {
    try {
      if (!socket.isSettled()) {
        dropped = 0;
      } else {
        settledLooks++;
      }
      return settledLooks >= SETTLED_LOOKS || ++looks >= MOST_LOOKS;
    } catch (RuntimeException fault) {
      // No later event would close it.
      socket.worker().faults().report("phase=close", fault);
      return true;
    }
  }

  @Override
  public void onReadable() {
    int read;
    try (Scratch sink = socket.worker().received()) {
      read = socket.read(sink);
    }
    dropped += Math.max(0, read);
    if (read < 0 || dropped > MOST_DROPPED && socket.isSettled()) {
      leave();
    }
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
    socket.close();
  }
}
