package io.terminator.core.http.h2;

import io.terminator.core.chain.ByteStream;
import io.terminator.core.chain.StreamEvents;
import io.terminator.core.chain.StreamLayer;
import io.terminator.core.frame.Scratch;
import io.terminator.core.http.exchange.ResetReason;
import io.terminator.core.throttle.ReadGate;

/**
 * What a leg occupies of a connection that it shares with others: its end is the end of one stream.
 * Bytes are sent and received on the stream and not here. Worker thread only.
 */
final class H2Leaf extends StreamLayer {
  private final H2Stream stream;

  H2Leaf(H2Stream stream, ByteStream connection) {
    super(connection);
    this.stream = stream;
  }

  @Override
  public void attach(StreamEvents receiver) {
    throw shared();
  }

  @Override
  public ReadGate gate() {
    throw shared();
  }

  @Override
  public int read(Scratch target, int at, int most) {
    throw shared();
  }

  @Override
  public boolean hasBufferedInput() {
    return false;
  }

  @Override
  public boolean write(Scratch source, int from, int to) {
    throw shared();
  }

  private static IllegalStateException shared() {
    return new IllegalStateException("the connection is shared");
  }

  @Override
  public long pendingOutput() {
    return stream.pendingOutput();
  }

  @Override
  public void finishOutput(boolean closing) {
    // The end of the request was sent with it.
  }

  @Override
  public boolean isOutputFinished() {
    return stream.isEndAccepted();
  }

  @Override
  public boolean isBroken() {
    return stream.isClosed();
  }

  @Override
  public boolean isPeerGoneInOrder() {
    return false;
  }

  @Override
  public boolean isSettled() {
    return true;
  }

  @Override
  public void close() {
    stream.reset(ResetReason.CANCELLED, "");
  }

  @Override
  public void abort() {
    stream.reset(ResetReason.CANCELLED, "");
  }

  @Override
  public void resetOnClose() {
    // The connection is not closed with it.
  }

  @Override
  public void release() {
    // The connection has an owner of its own.
  }
}
