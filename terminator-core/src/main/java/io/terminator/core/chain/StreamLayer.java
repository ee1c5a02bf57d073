package io.terminator.core.chain;

import io.terminator.core.throttle.ReadGate;
import io.terminator.core.worker.Worker;
import org.jspecify.annotations.Nullable;

/**
 * A protocol around another stream: calls that the layer does not change (events, read interest,
 * the end) pass to the stream below. A layer whose streams share one connection consumes these
 * calls and implements {@link ByteStream} itself. Worker thread only.
 */
public abstract class StreamLayer implements ByteStream {
  /** The stream that this layer reads from and writes to. */
  protected final ByteStream below;

  protected StreamLayer(ByteStream below) {
    this.below = below;
  }

  @Override
  public void attach(StreamEvents receiver) {
    below.attach(receiver);
  }

  @Override
  public ReadGate gate() {
    return below.gate();
  }

  @Override
  public long pendingOutput() {
    return below.pendingOutput();
  }

  @Override
  public boolean isOutputFinished() {
    return below.isOutputFinished();
  }

  @Override
  public boolean isBroken() {
    return below.isBroken();
  }

  @Override
  public boolean isPeerGoneInOrder() {
    return below.isPeerGoneInOrder();
  }

  @Override
  public boolean isSettled() {
    return below.isSettled();
  }

  @Override
  public @Nullable String alpn() {
    return below.alpn();
  }

  @Override
  public void close() {
    below.close();
  }

  @Override
  public void abort() {
    below.abort();
  }

  @Override
  public void resetOnClose() {
    below.resetOnClose();
  }

  @Override
  public Worker worker() {
    return below.worker();
  }

  @Override
  public boolean hasPeerLeft() {
    return below.hasPeerLeft();
  }

  @Override
  public TcpStream tcp() {
    return below.tcp();
  }
}
