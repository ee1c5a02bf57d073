package io.terminator.core.relay;

import io.terminator.core.chain.ByteStream;
import io.terminator.core.chain.StreamEvents;
import io.terminator.core.flow.Connection;
import io.terminator.core.flow.Leg;
import io.terminator.core.frame.Scratch;
import io.terminator.core.observe.ByteCount;
import io.terminator.core.throttle.PauseReason;
import io.terminator.core.throttle.ReadGate;
import io.terminator.core.worker.Worker;
import org.jspecify.annotations.Nullable;

/**
 * One of the two independent directions of a pair: {@code in} from client to backend, {@code out}
 * back. It receives the events of its source, and reads only as much as the other side has room
 * for, and passes the end on after the last byte. Worker thread only.
 */
final class RelayDirection implements StreamEvents {

  /** Events that a direction cannot handle alone. */
  interface Pair {
    /** The source has ended: END, RESET, TRUNCATED or PROTOCOL_ERROR of {@link ByteStream}. */
    void onSourceEnd(RelayDirection direction, int how);

    /** The sink no longer accepts bytes. */
    void onSinkBroken(RelayDirection direction);

    /** The source, which is the sink of the other direction, has room for output. */
    void onSourceWritable(RelayDirection direction);

    /** The source, which is the sink of the other direction, takes no more output. */
    void onSourceHangUp(RelayDirection direction);
  }

  private final boolean fromClient;
  private final ByteStream source;
  private final ByteStream sink;
  private final ReadGate gate;
  private final Leg leg;
  private final RelayConfig.Watermarks watermarks;
  private final Pair pair;
  private final @Nullable RateLimit rate;
  private boolean ended;
  private boolean discarding;

  RelayDirection(
      boolean fromClient,
      ByteStream source,
      ByteStream sink,
      Leg leg,
      RelayConfig config,
      Pair pair) {
    this.fromClient = fromClient;
    this.source = source;
    this.sink = sink;
    this.gate = source.gate();
    this.leg = leg;
    this.watermarks = config.watermarks();
    this.pair = pair;
    long bytesPerSecond = (fromClient ? config.rates().in() : config.rates().out()).bytes();
    this.rate =
        bytesPerSecond == 0
            ? null
            : new RateLimit(
                leg.connection().worker(),
                bytesPerSecond,
                () -> leg.connection().attempt(this::onPaid));
  }

  @Override
  public void onReadable() {
    pull();
  }

  @Override
  public void onWritable() {
    pair.onSourceWritable(this);
  }

  @Override
  public void onHangUp() {
    pair.onSourceHangUp(this);
  }

  @Override
  public void onFault(Throwable fault) {
    leg.connection().fault(fault);
  }

  /** The source may have input. Reads once, or until the input held by layers is used up. */
  void pull() {
    Connection connection = leg.connection();
    Worker worker = connection.worker();
    do {
      if (ended || !gate.isOpen() || connection.isClosed()) {
        return;
      }
      // Before the read, not after: bytes that were read need room, or they would be lost.
      if (!worker.frames().hasRoomForRead()) {
        hold(PauseReason.FRAME_BUDGET);
        worker.frames().awaitRoom(() -> connection.attempt(this::onFrameRoom));
        return;
      }
      int read;
      boolean taken = true;
      try (Scratch plain = worker.plain()) {
        read = source.read(plain);
        if (read > 0) {
          taken = pass(plain, read);
        }
      }
      // The pair's handling of an end may lease scratch memory itself.
      if (read == ByteStream.WOULD_BLOCK) {
        return;
      }
      if (read < 0) {
        pair.onSourceEnd(this, read);
        return;
      }
      if (!taken) {
        pair.onSinkBroken(this);
      }
    } while (source.hasBufferedInput());
  }

  /** False if the sink no longer accepts bytes. */
  private boolean pass(Scratch plain, int read) {
    leg.moved(read, fromClient);
    leg.connection()
        .traffic()
        .bytes()
        .add(fromClient ? ByteCount.BYTES_IN : ByteCount.BYTES_OUT, read);
    if (rate != null && rate.spend(read)) {
      hold(PauseReason.RATE_LIMIT);
    }
    if (discarding) {
      return true;
    }
    if (!sink.write(plain, 0, read)) {
      return false;
    }
    if (sink.pendingOutput() >= watermarks.high().bytes()) {
      hold(PauseReason.PEER_FULL);
    }
    return true;
  }

  /** Waiting bytes were sent to the sink. */
  void onRoom() {
    leg.connection().touch();
    if (sink.pendingOutput() <= watermarks.low().bytes() && gate.isHeld(PauseReason.PEER_FULL)) {
      release(PauseReason.PEER_FULL);
      if (source.hasBufferedInput()) {
        pull();
      }
    }
  }

  private void onFrameRoom() {
    if (!leg.connection().isClosed()) {
      release(PauseReason.FRAME_BUDGET);
      if (source.hasBufferedInput()) {
        pull();
      }
    }
  }

  private void onPaid() {
    if (!leg.connection().isClosed()) {
      // The peer was waiting for Terminator, not the reverse.
      leg.connection().touch();
      release(PauseReason.RATE_LIMIT);
      if (source.hasBufferedInput()) {
        pull();
      }
    }
  }

  private void hold(PauseReason reason) {
    if (!gate.isHeld(reason)) {
      gate.hold(reason);
      Connection connection = leg.connection();
      connection.worker().recorder().onStall(connection.id(), fromClient, reason.label());
    }
  }

  private void release(PauseReason reason) {
    if (gate.isHeld(reason)) {
      gate.release(reason);
      Connection connection = leg.connection();
      connection.worker().recorder().onStallEnd(connection.id(), fromClient);
    }
  }

  /** Whether Terminator itself holds back this direction, by its rate limit. */
  boolean isHeldBack() {
    return gate.isHeld(PauseReason.RATE_LIMIT);
  }

  /**
   * The source ended cleanly: the sink receives the end after the last byte, or by its close if
   * that follows immediately.
   */
  void finish(boolean pairIsOver) {
    toEnded();
    if (!discarding) {
      sink.finishOutput(pairIsOver);
    }
  }

  /** Stops reading; waiting bytes are still sent. */
  void toEnded() {
    ended = true;
    if (rate != null) {
      rate.stop();
    }
    gate.end();
  }

  /** Discards all further input: the sink is gone, but the source must not be reset for it. */
  void toDiscarding() {
    discarding = true;
    release(PauseReason.PEER_FULL);
  }

  boolean isEnded() {
    return ended;
  }

  boolean isDiscarding() {
    return discarding;
  }

  /** Ended, and everything up to the end has been passed to the kernel. */
  boolean isOver() {
    return ended && (discarding || sink.isOutputFinished());
  }

  boolean isFromClient() {
    return fromClient;
  }

  ByteStream sink() {
    return sink;
  }

  ByteStream source() {
    return source;
  }
}
