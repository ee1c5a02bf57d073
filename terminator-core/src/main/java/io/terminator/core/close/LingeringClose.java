package io.terminator.core.close;

import io.terminator.core.chain.StreamEvents;
import io.terminator.core.chain.TcpStream;
import io.terminator.core.frame.Scratch;
import io.terminator.core.worker.Deadline;

/**
 * Closes a client that was sent a final message (an alert, a plain answer) while it may still be
 * sending. A close with unread bytes becomes a reset, which would overtake that message. The output
 * is finished and input is discarded until the client ends or one second has passed. Input is
 * discarded before it reaches any layer, so this applies to the connection's socket, never to one
 * of several streams over it. Worker thread only.
 */
final class LingeringClose extends Deadline implements StreamEvents {
  private static final int TICKS = 20;
  private static final int MOST_DROPPED = 256 * 1024;

  private final TcpStream socket;
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
    socket.worker().deadlines().armTicks(this, TICKS);
    socket.gate().drain();
  }

  @Override
  protected void onDue() {
    socket.close();
  }

  @Override
  public void onReadable() {
    int read;
    try (Scratch sink = socket.worker().received()) {
      read = socket.read(sink);
    }
    dropped += Math.max(0, read);
    if (read < 0 || dropped > MOST_DROPPED) {
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
