package io.terminator.core.close;

import io.terminator.core.chain.ByteStream;
import io.terminator.core.chain.StreamEvents;
import io.terminator.core.worker.Deadline;

/**
 * Resets a stream after the bytes written to it have been acknowledged, within limits. A reset
 * destroys bytes in transit, and those bytes came from the other side before it broke. Worker
 * thread only.
 */
final class DelayedReset extends Deadline implements StreamEvents {
  /** Two seconds, unless the peer takes bytes meanwhile. */
  private static final int QUIET_TICKS = 40;

  /**
   * Half a minute at most, even if the peer still takes bytes slowly: frames are held meanwhile.
   */
  private static final int MOST_TICKS = 600;

  private final ByteStream stream;
  private int quiet;
  private int age;
  private long waiting;

  private DelayedReset(ByteStream stream) {
    this.stream = stream;
    this.waiting = stream.pendingOutput();
  }

  static void abort(ByteStream stream) {
    if (stream.isSettled()) {
      stream.abort();
      return;
    }
    // The worker may have been stopped meanwhile.
    stream.resetOnClose();
    DelayedReset reset = new DelayedReset(stream);
    stream.attach(reset);
    stream.gate().end();
    stream.worker().deadlines().armTicks(reset, 1);
  }

  @Override
  protected void onDue() {
    if (isOver()) {
      stream.abort();
    } else {
      stream.worker().deadlines().armTicks(this, 1);
    }
  }

  private boolean isOver() {
    try {
      long before = waiting;
      waiting = stream.pendingOutput();
      quiet = waiting < before ? 0 : quiet + 1;
      return stream.isSettled() || quiet >= QUIET_TICKS || ++age >= MOST_TICKS;
    } catch (RuntimeException fault) {
      // No later event would close it.
      stream.worker().faults().report("phase=close", fault);
      return true;
    }
  }

  @Override
  public void onReadable() {
    // No more input is read.
  }

  @Override
  public void onWritable() {
    if (stream.isBroken()) {
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
    stream.worker().deadlines().cancel(this);
    stream.abort();
  }
}
