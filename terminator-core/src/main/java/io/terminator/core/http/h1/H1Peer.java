package io.terminator.core.http.h1;

import io.terminator.core.chain.ByteStream;
import io.terminator.core.chain.StreamEvents;
import io.terminator.core.frame.FrameQueue;
import io.terminator.core.frame.Scratch;
import io.terminator.core.http.exchange.HttpEvents;
import io.terminator.core.http.exchange.HttpStream;
import io.terminator.core.http.exchange.Nobody;
import io.terminator.core.http.exchange.ResetReason;
import io.terminator.core.http.message.Framing;
import io.terminator.core.http.message.Head;
import io.terminator.core.http.message.HeadKind;
import io.terminator.core.http.message.Heads;
import io.terminator.core.http.message.Refusal;
import io.terminator.core.relay.RelayConfig;
import io.terminator.core.throttle.PauseReason;
import io.terminator.core.throttle.ReadGate;
import io.terminator.core.worker.Worker;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP/1.1 connection with a client or a server: reads the messages of the peer and writes
 * those to it, one exchange at a time. Bytes that arrive before they can be used wait in frames,
 * and then nothing more is read. Worker thread only. Over 500 lines, because what may be read
 * depends on how far the message in the other direction is.
 */
abstract class H1Peer implements HttpStream, StreamEvents {
  private static final int MOST_INTERIM = 16;

  // Less would cost a receive for a few bytes.
  private static final int LEAST_READ = 4096;

  /** Bytes of a response that are read at once with its head, beside those that are accepted. */
  private static final int HEAD_READ = 16 * 1024;

  private static final int BACKLOG_PIECE = 4096;

  /** What the next bytes of the peer are. */
  enum Input {
    HEAD,
    BODY,
    /** The message is complete; what follows belongs to the next exchange. */
    COMPLETE,
    TUNNEL
  }

  /** How far the message to the peer is. */
  enum Output {
    HEAD,
    BODY,
    COMPLETE,
    TUNNEL
  }

  final ByteStream stream;
  final Worker worker;
  final ReadGate gate;
  final Heads heads;
  final HeadWriter writer;
  final HttpEvents nobody;
  private final HeadParser parser;
  private final BodyReader body;
  private final FrameQueue backlog;
  private final HeadKind received;
  private final long highWater;
  private final long lowWater;
  HttpEvents receiver;
  Input input = Input.HEAD;
  Output output = Output.HEAD;
  private boolean chunked;
  private boolean waitsForRoom;
  private boolean draining;

  /** While draining: the bytes that belong to the next message. */
  private int left;

  private boolean inputEnded;
  private int interim;
  private @Nullable Head filling;
  private @Nullable Refusal refused;
  private boolean ended;

  H1Peer(
      ByteStream stream,
      HeadKind received,
      int mostBytes,
      int mostFields,
      RelayConfig.Watermarks watermarks) {
    this.stream = stream;
    this.worker = stream.worker();
    this.gate = stream.gate();
    this.heads = worker.part(Heads.class, shared -> new Heads());
    this.writer = worker.part(HeadWriter.class, shared -> new HeadWriter());
    this.nobody = worker.part(Nobody.class, shared -> new Nobody(heads));
    this.parser = new HeadParser(mostBytes, mostFields);
    this.body = new BodyReader(parser, heads);
    this.backlog = new FrameQueue(worker.frames());
    this.received = received;
    this.highWater = watermarks.high().bytes();
    this.lowWater = watermarks.low().bytes();
    this.receiver = nobody;
  }

  /** Bytes in frames that were received and are not passed on. */
  final long keptBytes() {
    return backlog.bytes() + receiver.keptBytes();
  }

  /** Runs {@code step} so that an exception ends only what belongs to this connection. */
  abstract void attempt(Runnable step);

  /** The first bytes of a head have arrived and the rest has not. */
  abstract void onHeadAwaited();

  /** Completes {@code head}'s framing, which depends on the other message of the exchange. */
  abstract void frame(Head head);

  /** Bytes after a complete message. */
  abstract void onSurplus(Scratch bytes, int from, int to);

  /** The peer's message is refused; nothing more is read. No memory is leased. */
  abstract void onInputRefused(Refusal why);

  /** The peer sent no more bytes; see {@link ByteStream}. No memory is leased. */
  abstract void onInputEnd(int how);

  /** Nothing can be written any more. No memory is leased. */
  abstract void onOutputBroken();

  /** Bytes that waited have left; {@code empty}: all of them. No memory is leased. */
  abstract void onOutputFlushed(boolean empty);

  /** Bytes were received; they are counted. */
  abstract void onBytes(int count);

  @Override
  public void attach(HttpEvents to) {
    receiver = to;
  }

  final void pull() {
    do {
      if (ended || inputEnded || !gate.isOpen()) {
        return;
      }
      int most = Worker.RECEIVE_SIZE;
      if (input == Input.BODY || input == Input.TUNNEL) {
        long accepted = receiver.accepts(this);
        if (accepted <= 0) {
          gate.hold(PauseReason.PEER_FULL);
          return;
        }
        most = (int) Math.max(LEAST_READ, Math.min(accepted, most));
      } else if (input == Input.HEAD && received == HeadKind.RESPONSE) {
        // The start of the body waits in frames if the client has no window for it.
        most = (int) Math.min(most, HEAD_READ + Math.min(receiver.accepts(this), most));
      }
      if (!worker.frames().hasRoomForRead()) {
        gate.hold(PauseReason.FRAME_BUDGET);
        worker.frames().awaitRoom(() -> attempt(this::onFrameRoom));
        return;
      }
      int read;
      try (Scratch plain = worker.plain()) {
        read = stream.read(plain, HEADROOM, most);
        if (read > 0) {
          onBytes(read);
          consume(plain, HEADROOM, HEADROOM + read);
        }
      }
      if (read == ByteStream.WOULD_BLOCK || isRefused()) {
        return;
      }
      if (read < 0) {
        inputEnded = true;
        onInputEnd(read);
        return;
      }
    } while (stream.hasBufferedInput());
  }

  private void onFrameRoom() {
    if (!ended) {
      gate.release(PauseReason.FRAME_BUDGET);
      pullBuffered();
    }
  }

  /** No readiness event announces what a layer holds. */
  final void pullBuffered() {
    if (stream.hasBufferedInput()) {
      pull();
    }
  }

  private boolean isRefused() {
    Refusal why = refused;
    if (why == null || ended) {
      return ended;
    }
    refused = null;
    inputEnded = true;
    gate.end();
    onInputRefused(why);
    return true;
  }

  private void consume(Scratch bytes, int from, int to) {
    switch (input) {
      case HEAD -> readHead(bytes, from, to);
      case BODY -> readBody(bytes, from, to, null);
      case COMPLETE -> onSurplus(bytes, from, to);
      case TUNNEL -> receiver.onData(this, bytes, from, to, false);
    }
  }

  private void readHead(Scratch bytes, int from, int to) {
    Head head = filling;
    if (head == null) {
      head = heads.take(received);
      filling = head;
      parser.begin(head);
    }
    int end = parser.feed(bytes.buffer(), from, to);
    if (end == HeadParser.INCOMPLETE) {
      onHeadAwaited();
      return;
    }
    filling = null;
    if (end == HeadParser.REFUSED) {
      heads.release(head);
      refused = parser.refusal();
      return;
    }
    frame(head);
    if (head.isInterim()) {
      passInterim(head, bytes, end, to);
      return;
    }
    interim = 0;
    body.begin(head.framing(), head.bodyLength());
    input = Input.BODY;
    readBody(bytes, end, to, head);
  }

  /** What follows an interim response is put aside, because its receiver may overwrite it. */
  private void passInterim(Head head, Scratch bytes, int from, int to) {
    if (++interim > MOST_INTERIM) {
      heads.release(head);
      refused = Refusal.START_LINE;
      return;
    }
    keep(bytes, from, to);
    receiver.onHead(this, head, bytes, HEADROOM, HEADROOM, false);
    if (!ended && !backlog.isEmpty()) {
      ByteBuffer buffer = bytes.buffer();
      int rest = backlog.drainTo(buffer, HEADROOM, buffer.capacity() - TAILROOM);
      consume(bytes, HEADROOM, HEADROOM + rest);
    }
  }

  /** {@code head} is passed on with the first bytes; null if that was done. */
  private void readBody(Scratch bytes, int from, int to, @Nullable Head head) {
    int next = body.read(bytes.buffer(), from, to);
    if (next == BodyReader.REFUSED) {
      if (head != null) {
        heads.release(head);
      }
      refused = body.refusal();
      return;
    }
    Head trailers = body.takeTrailers();
    boolean complete = body.isComplete();
    if (complete) {
      input = Input.COMPLETE;
      if (next < to) {
        // Before the event, whose receiver may overwrite what follows.
        onSurplus(bytes, next, to);
      }
    }
    boolean end = complete && trailers == null;
    if (head != null) {
      receiver.onHead(this, head, bytes, body.from(), body.to(), end);
    } else if (end || body.from() < body.to()) {
      receiver.onData(this, bytes, body.from(), body.to(), end);
    }
    if (trailers != null) {
      receiver.onTrailers(this, trailers, bytes, HEADROOM);
    }
  }

  /** Keeps {@code bytes[from, to)} for {@link #drainBacklog}. */
  final void keep(Scratch bytes, int from, int to) {
    if (draining) {
      // They are at the front of the backlog already.
      left = to - from;
      return;
    }
    if (!backlog.append(bytes.buffer(), from, to)) {
      throw new IllegalStateException("no frame for bytes that were read");
    }
  }

  final boolean hasBacklog() {
    return !backlog.isEmpty();
  }

  /**
   * Reads a piece of what {@link #keep} kept, up to the end of a message. Small pieces: a client
   * may have sent thousands of requests ahead, and what follows one of them is copied for nothing.
   * No memory is leased before this call.
   */
  final void drainBacklog() {
    if (ended || backlog.isEmpty()) {
      return;
    }
    try (Scratch plain = worker.plain()) {
      int count = backlog.copyTo(plain.buffer(), HEADROOM, HEADROOM + BACKLOG_PIECE);
      draining = true;
      left = 0;
      try {
        consume(plain, HEADROOM, HEADROOM + count);
      } finally {
        draining = false;
      }
      if (!ended) {
        backlog.consume(count - left);
      }
    }
    isRefused();
  }

  /** Whether the peer's message ends with its connection, which has ended in order. */
  final boolean endsWithConnection() {
    if (input == Input.BODY && body.isUntilClose()) {
      input = Input.COMPLETE;
      return true;
    }
    return false;
  }

  /** Passes on an end of the message without bytes. No memory is leased before this call. */
  final void passEnd() {
    try (Scratch plain = worker.plain()) {
      receiver.onData(this, plain, HEADROOM, HEADROOM, true);
    }
  }

  /** Whether a part of a head has arrived. */
  final boolean isWithinHead() {
    return filling != null;
  }

  final boolean isInputEnded() {
    return inputEnded;
  }

  final boolean isEnded() {
    return ended;
  }

  /** The next message begins on both sides. */
  final void toNextExchange() {
    input = Input.HEAD;
    output = Output.HEAD;
    chunked = false;
    waitsForRoom = false;
    receiver = nobody;
  }

  /** No event is passed on any more, and nothing is held. */
  final void toEnded() {
    if (!ended) {
      ended = true;
      receiver = nobody;
      backlog.clear();
      body.clear();
      Head partial = filling;
      if (partial != null) {
        heads.release(partial);
        filling = null;
      }
    }
  }

  /** Sends the composed head with the first body bytes. */
  final boolean sendHead(Scratch bytes, int from, int to, Framing framing, boolean end) {
    chunked = framing == Framing.CHUNKED;
    output = end ? Output.COMPLETE : Output.BODY;
    if (!chunked || from == to && !end) {
      return writer.write(stream, bytes, from, to);
    }
    ByteBuffer buffer = bytes.buffer();
    int start = from == to ? from : HeadWriter.beginChunk(buffer, from, to - from);
    int stop = from == to ? to : HeadWriter.endChunk(buffer, to);
    return writer.write(stream, bytes, start, end ? HeadWriter.lastChunk(buffer, stop) : stop);
  }

  @Override
  public boolean send(Scratch bytes, int from, int to, boolean end) {
    if (output == Output.TUNNEL) {
      boolean sent = from == to || stream.write(bytes, from, to);
      if (end) {
        output = Output.COMPLETE;
        stream.finishOutput(false);
      }
      return sent;
    }
    if (end) {
      output = Output.COMPLETE;
    }
    int start = from;
    int stop = to;
    if (chunked) {
      ByteBuffer buffer = bytes.buffer();
      if (from < to) {
        start = HeadWriter.beginChunk(buffer, from, to - from);
        stop = HeadWriter.endChunk(buffer, to);
      }
      if (end) {
        stop = HeadWriter.lastChunk(buffer, stop);
      }
    }
    return start == stop ? !stream.isBroken() : stream.write(bytes, start, stop);
  }

  @Override
  public boolean sendTrailers(Head trailers, Scratch bytes, int at) {
    if (!chunked) {
      // A length was announced, or the peer speaks HTTP/1.0: trailers cannot be sent.
      return send(bytes, at, at, true);
    }
    output = Output.COMPLETE;
    writer.beginTrailers();
    writer.fields(trailers);
    writer.end();
    return writer.write(stream, bytes, at, at);
  }

  @Override
  public long room() {
    long room = highWater - stream.pendingOutput();
    if (room <= 0) {
      waitsForRoom = true;
    }
    return room;
  }

  @Override
  public void pause(PauseReason reason) {
    gate.hold(reason);
  }

  @Override
  public void resume(PauseReason reason) {
    if (!ended && gate.isHeld(reason)) {
      gate.release(reason);
      if (stream.hasBufferedInput()) {
        worker.execute(() -> attempt(this::pullBuffered));
      }
    }
  }

  @Override
  public void toTunnel() {
    input = Input.TUNNEL;
    output = Output.TUNNEL;
    if (!backlog.isEmpty() || inputEnded) {
      // The peer did not wait for the answer. Nothing may be read before these bytes.
      gate.hold(PauseReason.PIPELINE);
      worker.execute(() -> attempt(this::readBacklog));
    }
  }

  private void readBacklog() {
    while (!ended && !backlog.isEmpty()) {
      drainBacklog();
    }
    if (!ended) {
      gate.release(PauseReason.PIPELINE);
      if (inputEnded) {
        passEnd();
      } else {
        pullBuffered();
      }
    }
  }

  @Override
  public void onReadable() {
    pull();
  }

  @Override
  public void onWritable() {
    if (ended) {
      return;
    }
    if (stream.isBroken()) {
      onOutputBroken();
      return;
    }
    if (waitsForRoom && stream.pendingOutput() <= lowWater) {
      waitsForRoom = false;
      receiver.onRoom(this);
    }
    if (!ended) {
      onOutputFlushed(stream.pendingOutput() == 0);
    }
  }

  @Override
  public void onHangUp() {
    if (!ended) {
      onOutputBroken();
    }
  }

  static ResetReason resetReason(int how) {
    return switch (how) {
      case ByteStream.END, ByteStream.TRUNCATED -> ResetReason.TRUNCATED;
      case ByteStream.PROTOCOL_ERROR -> ResetReason.PROTOCOL;
      default -> ResetReason.CONNECTION_LOST;
    };
  }
}
