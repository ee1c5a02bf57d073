package io.terminator.core.http.h2;

import io.netty.util.collection.IntObjectHashMap;
import io.terminator.core.chain.ByteStream;
import io.terminator.core.chain.StreamEvents;
import io.terminator.core.frame.Scratch;
import io.terminator.core.http.exchange.HttpStream;
import io.terminator.core.http.exchange.ResetReason;
import io.terminator.core.http.message.Head;
import io.terminator.core.throttle.PauseReason;
import io.terminator.core.worker.Deadline;
import io.terminator.core.worker.DeadlineWheel;
import io.terminator.core.worker.Worker;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP/2 connection, of a client (this side is the server) or to a server: its streams, its
 * windows and its end. {@link Frames} reads what arrives, {@link Output} holds what leaves, {@link
 * Scheduler} shares the room. An idle connection holds no frame of the worker. Over 500 lines,
 * because the ends of streams, of both peers and of the transport depend on each other. Worker
 * thread only.
 */
final class H2Connection implements StreamEvents {
  /** The first bytes of a client (RFC 9113 section 3.4). */
  static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII);

  static final int DEFAULT_WINDOW = 65_535;

  /** Bytes that are read at a time while frames are short: they fit in the reserve. */
  private static final int RESERVE_READ = 4 * 1024;

  private static final long SECOND = 1000 / DeadlineWheel.TICK_MILLIS;
  private static final long DRAIN_PING = 0x7465726d696e6174L;

  /** How a connection ended. */
  enum End {
    /** The peer closed, in order and without a stream. */
    PEER_CLOSED,
    /** The peer closed in order although streams were open. */
    PEER_LEFT,
    PEER_RESET,
    /** TLS ended without close_notify. */
    PEER_TRUNCATED,
    /** The transport's protocol was violated. */
    PEER_TRANSPORT,
    /** The server refused the TLS handshake after it was complete on this side. */
    PEER_REFUSED,
    /** A {@link Violation} of the protocol. */
    VIOLATION,
    /** A {@link Violation} of a limit. */
    FLOOD,
    IDLE,
    /** Every stream ended after {@link H2Connection#drain}. */
    DRAINED,
    /** No frame of the worker was left. */
    MEMORY
  }

  /** The owner of a connection. */
  interface Owner {
    /** The peer begins {@code stream}; the owner attaches a receiver. Only as a server. */
    void onStream(H2Stream stream);

    /** A stream has ended. */
    void onStreamEnded();

    /** About once in a second while the connection is not idle. */
    void onTick();

    /** Bytes of the peer were read. */
    void onReceived(int bytes);

    /** Body bytes were sent. */
    void onSent(int bytes);

    /** The connection can carry nothing more, and all of its streams have ended. Called once. */
    void onOver(End how, String detail);

    void onFault(Throwable fault);
  }

  /** The owner of a connection to a server, whose streams are watched by those that began them. */
  interface ServerOwner extends Owner {
    @Override
    default void onStream(H2Stream begun) {
      throw new IllegalStateException("a server cannot begin a stream");
    }

    @Override
    default void onStreamEnded() {}

    @Override
    default void onTick() {}

    @Override
    default void onReceived(int bytes) {}

    @Override
    default void onSent(int bytes) {}
  }

  private final H2Shared shared;
  private final Worker worker;
  private final ByteStream stream;
  private final H2Limits limits;
  private final boolean server;
  private final Owner owner;
  private final Output output;
  private final Frames frames;
  private final Scheduler scheduler;
  private final Floods floods;
  private final IntObjectHashMap<H2Stream> streams = new IntObjectHashMap<>(2);
  private final ClosedStreams closedStreams = new ClosedStreams();
  private @Nullable ArrayDeque<Runnable> deferred;
  private final Clock clock = new Clock();
  private final OutputProgress outputProgress = new OutputProgress();

  // The peer's settings.
  private int peerWindow = DEFAULT_WINDOW;
  private int peerFrame = FrameReader.LARGEST;
  private long peerStreams = Integer.MAX_VALUE;

  private int streamsAccepted = Integer.MAX_VALUE;

  private long sendWindow = DEFAULT_WINDOW;
  private int receiveWindow;
  private int consumed;
  private boolean firstBlock = true;
  private int lastPeerStream;
  private int nextStream = 1;
  private int streamLimitOfPeer = Integer.MAX_VALUE;
  private boolean draining;
  private End drainedAs = End.DRAINED;
  private boolean goAwaySent;

  /** What the peer holds against this side, in words that follow how it ended. */
  private String peerError = "";

  private boolean inputEnded;
  private boolean leased;
  private long activeTick;
  private long drainTick;
  private long frameTick;
  private @Nullable End end;
  private String detail = "";
  private boolean reported;

  H2Connection(H2Shared shared, ByteStream stream, H2Limits limits, boolean server, Owner owner) {
    this.shared = shared;
    this.worker = shared.worker();
    this.stream = stream;
    this.limits = limits;
    this.server = server;
    this.owner = owner;
    this.floods = new Floods(tick());
    this.output = new Output(stream, shared, () -> guarded(this::onFlushed));
    this.scheduler = new Scheduler(this);
    this.frames = new Frames(this);
    this.receiveWindow = limits.connectionWindow();
  }

  /** Sends the own preface and starts to read. */
  void begin() {
    stream.attach(this);
    activeTick = tick();
    ByteBuffer control = shared.control();
    int at = 0;
    if (!server) {
      control.put(0, PREFACE);
      at = PREFACE.length;
    }
    at =
        server
            ? FrameWriter.settings(
                control,
                at,
                Setting.MAX_CONCURRENT_STREAMS,
                limits.streams(),
                Setting.INITIAL_WINDOW_SIZE,
                limits.streamWindow(),
                Setting.MAX_HEADER_LIST_SIZE,
                limits.headBytes(),
                Setting.ENABLE_CONNECT_PROTOCOL,
                1,
                Setting.NO_RFC7540_PRIORITIES,
                1)
            : FrameWriter.settings(
                control,
                at,
                Setting.ENABLE_PUSH,
                0,
                Setting.INITIAL_WINDOW_SIZE,
                limits.streamWindow(),
                Setting.MAX_HEADER_LIST_SIZE,
                limits.headBytes());
    at = FrameWriter.windowUpdate(control, at, 0, limits.connectionWindow() - DEFAULT_WINDOW);
    output.control(control, at);
    frameTick = server ? Math.max(1, tick()) : 0;
    clock.arm(SECOND);
    stream.gate().release(PauseReason.SETUP);
    stream.gate().start();
    if (stream.hasBufferedInput()) {
      onReadable();
    }
  }

  /** Opens a stream as a client. Only if {@link #canOpen}. */
  H2Stream open() {
    H2Stream opened =
        new H2Stream(this, nextStream, peerWindow, limits.streamWindow(), Priority.FAIR);
    nextStream += 2;
    streams.put(opened.id(), opened);
    onActive();
    return opened;
  }

  /** Whether the server accepts another stream. */
  boolean canOpen() {
    return end == null
        && !draining
        && !inputEnded
        && nextStream > 0
        && streams.size() < Math.min(streamsAccepted, Math.min(peerStreams, limits.streams()));
  }

  /**
   * The server has no room for another stream, whatever its SETTINGS say: some limit the memory of
   * a connection. It gets no more than it has, until it has completed all of them.
   */
  void onTooMany() {
    streamsAccepted = Math.max(1, streams.size() - 1);
  }

  /**
   * Lets streams that were begun end, and accepts no others. The first GOAWAY only announces it:
   * streams that the peer begins before it knows are served too, also the first ones of a
   * connection that seemed idle (RFC 9113 section 6.8).
   */
  void drain() {
    drain(End.DRAINED);
  }

  private void drain(End as) {
    if (draining || end != null) {
      return;
    }
    draining = true;
    drainedAs = as;
    drainTick = tick();
    if (server) {
      clock.soon();
      ByteBuffer control = shared.control();
      int at = FrameWriter.goAway(control, 0, Integer.MAX_VALUE, ErrorCode.NO_ERROR);
      output.control(control, FrameWriter.ping(control, at, false, DRAIN_PING));
    }
    onQuiet();
  }

  /** The peer has answered the PING that followed the first GOAWAY. */
  void onPong(long opaque) {
    if (draining && server && opaque == DRAIN_PING && !goAwaySent) {
      sendGoAway(ErrorCode.NO_ERROR);
      onQuiet();
    }
  }

  // Events of the transport.

  @Override
  public void onReadable() {
    do {
      if (end != null || inputEnded || !stream.gate().isOpen()) {
        return;
      }
      int most = Worker.RECEIVE_SIZE;
      if (!worker.frames().hasRoomForRead()) {
        if (!isWaitingForWindows()) {
          stream.gate().hold(PauseReason.FRAME_BUDGET);
          worker.frames().awaitRoom(() -> guarded(this::onFrameRoom));
          return;
        }
        most = RESERVE_READ;
      }
      int read;
      try (Scratch plain = worker.plain()) {
        read = stream.read(plain, HttpStream.HEADROOM, most);
        if (read > 0) {
          leased = true;
          owner.onReceived(read);
          frames.read(plain, HttpStream.HEADROOM, HttpStream.HEADROOM + read);
        }
      } finally {
        leased = false;
      }
      runDeferred();
      if (read == ByteStream.WOULD_BLOCK) {
        return;
      }
      if (read < 0) {
        onInputEnd(read);
        return;
      }
      trackFrame();
      if (output.pending() >= 2 * limits.highWater()) {
        // The peer causes answers and does not read them.
        stream.gate().hold(PauseReason.PEER_FULL);
      }
    } while (stream.hasBufferedInput());
  }

  /** Runs {@code event} now, or after the read that is in progress. */
  void outsideLease(Runnable event) {
    if (leased) {
      ArrayDeque<Runnable> events = deferred;
      if (events == null) {
        events = new ArrayDeque<>(2);
        deferred = events;
      }
      events.add(event);
    } else {
      event.run();
    }
  }

  private void runDeferred() {
    ArrayDeque<Runnable> events = deferred;
    if (events != null) {
      for (Runnable event = events.poll(); event != null; event = events.poll()) {
        event.run();
      }
    }
  }

  /** Whether frames are free when the peer opens its windows. */
  private boolean isWaitingForWindows() {
    for (H2Stream open : streams.values()) {
      if (open.hasWaitingBytes()) {
        return true;
      }
    }
    return false;
  }

  /** Bytes of a stream wait in frames now: what the peer sends has to be read to free them. */
  void onKept() {
    if (stream.gate().isHeld(PauseReason.FRAME_BUDGET)) {
      later(this::onFrameRoom);
    }
  }

  private void onFrameRoom() {
    if (end == null) {
      stream.gate().release(PauseReason.FRAME_BUDGET);
      if (stream.hasBufferedInput()) {
        onReadable();
      }
    }
  }

  /** A frame or header block that began has to end in time. */
  private void trackFrame() {
    if (!frames.isWithin()) {
      frameTick = 0;
    } else if (frameTick == 0) {
      frameTick = Math.max(1, tick());
      clock.soon();
    }
  }

  private void onInputEnd(int how) {
    inputEnded = true;
    stream.gate().end();
    switch (how) {
      // HTTP/2 has no half-close: a peer that closed does not wait for its responses.
      case ByteStream.END -> {
        if (streams.isEmpty()) {
          end(End.PEER_CLOSED, peerError.isEmpty() ? "" : peer() + " closed" + peerError);
        } else {
          end(End.PEER_LEFT, peer() + " closed before the response was complete" + peerError);
        }
      }
      case ByteStream.TRUNCATED ->
          end(
              streams.isEmpty() ? End.PEER_CLOSED : End.PEER_TRUNCATED,
              "FIN without close_notify" + peerError);
      case ByteStream.PROTOCOL_ERROR ->
          end(
              stream.isHandshakeRefused() ? End.PEER_REFUSED : End.PEER_TRANSPORT,
              stream.failure());
      default -> end(End.PEER_RESET, peer() + " reset the connection" + peerError);
    }
  }

  private String peer() {
    return server ? "the client" : "the server";
  }

  @Override
  public void onWritable() {
    if (stream.isBroken()) {
      onOutputBroken();
      return;
    }
    outputProgress.onProgress(tick());
    onRoom();
  }

  private void onFlushed() {
    if (output.isBroken()) {
      if (end == null) {
        onOutputBroken();
      }
    } else {
      onRoom();
    }
  }

  /** Fewer bytes wait than before: streams that waited for room, and reading, continue. */
  private void onRoom() {
    if (end != null || output.pending() > limits.lowWater()) {
      return;
    }
    scheduler.wake();
    if (stream.gate().isHeld(PauseReason.PEER_FULL)) {
      stream.gate().release(PauseReason.PEER_FULL);
      if (stream.hasBufferedInput()) {
        onReadable();
      }
    }
  }

  @Override
  public void onHangUp() {
    onOutputBroken();
  }

  @Override
  public void onFault(Throwable fault) {
    owner.onFault(fault);
  }

  private void onOutputBroken() {
    end(stream.isBroken() ? End.PEER_RESET : End.MEMORY, "");
  }

  // Streams.

  /** The peer begins a stream. */
  H2Stream begin(int id, int priority) {
    lastPeerStream = id;
    H2Stream begun = new H2Stream(this, id, peerWindow, limits.streamWindow(), priority);
    streams.put(id, begun);
    onActive();
    owner.onStream(begun);
    return begun;
  }

  /** The peer began a stream that is not accepted. */
  void skip(int id) {
    lastPeerStream = id;
    closedStreams.add(id, true);
  }

  void onStreamClosed(H2Stream closed, boolean reset) {
    streams.remove(closed.id());
    scheduler.remove(closed);
    closedStreams.add(closed.id(), reset);
    owner.onStreamEnded();
    onQuiet();
  }

  private void onQuiet() {
    if (!streams.isEmpty() || end != null) {
      return;
    }
    activeTick = tick();
    streamsAccepted = Integer.MAX_VALUE;
    if (draining && (goAwaySent || !server)) {
      end(drainedAs, "");
    }
  }

  private List<H2Stream> all() {
    return new ArrayList<>(streams.values());
  }

  private void onActive() {
    activeTick = tick();
    clock.soon();
  }

  @Nullable H2Stream find(int id) {
    return streams.get(id);
  }

  /** Bytes of all streams in frames. */
  long keptBytes() {
    long kept = 0;
    for (H2Stream open : streams.values()) {
      kept += open.keptBytes();
    }
    return kept;
  }

  int streamCount() {
    return streams.size();
  }

  int lastPeerStream() {
    return lastPeerStream;
  }

  /** Whether {@code id} is of a stream that was never begun. */
  boolean isIdle(int id) {
    boolean ofPeer = (id & 1) == (server ? 1 : 0);
    return ofPeer ? id > lastPeerStream : id >= nextStream;
  }

  boolean wasReset(int id) {
    return closedStreams.wasReset(id);
  }

  /** Whether both sides had ended the stream {@code id}. */
  boolean wasClosed(int id) {
    return closedStreams.wasEnded(id);
  }

  /** The server is leaving: what it did not process can be sent again elsewhere. */
  void onGoAway(int lastStream, ErrorCode code) {
    if (code != ErrorCode.NO_ERROR) {
      peerError = " after GOAWAY " + code;
    }
    draining |= !server;
    if (!server) {
      streamLimitOfPeer = Math.min(streamLimitOfPeer, lastStream);
      for (H2Stream open : all()) {
        if (open.id() > streamLimitOfPeer) {
          open.fail(ResetReason.REFUSED, "GOAWAY " + code);
        }
      }
      onQuiet();
    }
  }

  // Output.

  boolean sendHead(int id, Head head, boolean ended) {
    int length = shared.encoder().encode(head, takeFirstBlock());
    return output.headers(shared.encoder().block(), length, id, ended, peerFrame);
  }

  /** The block of {@code head} for {@link #sendBlock}. */
  byte[] encoded(Head head) {
    int length = shared.encoder().encode(head, takeFirstBlock());
    byte[] block = new byte[length];
    shared.encoder().block().get(0, block);
    return block;
  }

  boolean sendBlock(int id, byte[] block) {
    return output.headers(ByteBuffer.wrap(block), block.length, id, true, peerFrame);
  }

  private boolean takeFirstBlock() {
    boolean first = firstBlock;
    firstBlock = false;
    return first;
  }

  void sendReset(int id, ErrorCode code) {
    output.control(shared.control(), FrameWriter.reset(shared.control(), 0, id, code));
  }

  void sendWindowUpdate(int id, int increment) {
    output.control(shared.control(), FrameWriter.windowUpdate(shared.control(), 0, id, increment));
  }

  void sendPong(long opaque) {
    output.control(shared.control(), FrameWriter.ping(shared.control(), 0, true, opaque));
  }

  void sendSettingsAck() {
    output.control(shared.control(), FrameWriter.settingsAck(shared.control(), 0));
  }

  private void sendGoAway(ErrorCode code) {
    goAwaySent = true;
    output.control(shared.control(), FrameWriter.goAway(shared.control(), 0, lastPeerStream, code));
  }

  // Flow control.

  long sendWindow() {
    return sendWindow;
  }

  void spendWindow(int bytes) {
    sendWindow -= bytes;
    floods.onData();
    owner.onSent(bytes);
  }

  /** Bytes of all streams that can leave or wait now. */
  long connectionRoom() {
    return Math.min(sendWindow, limits.highWater() - output.pending());
  }

  /** False if the window would exceed its limit. */
  boolean widen(int increment) {
    sendWindow += increment;
    return sendWindow <= Integer.MAX_VALUE;
  }

  /**
   * A DATA frame has begun; false if it exceeds the window. The credit is returned at once: a
   * stream that is not read is bounded by its own window, and must not stop the others.
   */
  boolean spendReceiveWindow(int length) {
    receiveWindow -= length;
    if (receiveWindow < 0) {
      return false;
    }
    consumed += length;
    if (consumed >= limits.connectionWindow() / 2) {
      int credit = consumed;
      consumed = 0;
      receiveWindow += credit;
      sendWindowUpdate(0, credit);
    }
    floods.onData();
    return true;
  }

  // The peer's settings.

  /** False if the window of a stream would exceed its limit. */
  boolean setPeerWindow(int window) {
    long change = (long) window - peerWindow;
    peerWindow = window;
    for (H2Stream open : streams.values()) {
      if (!open.widen(change)) {
        return false;
      }
    }
    scheduler.wake();
    return true;
  }

  void setPeerFrame(int largest) {
    // Larger frames would not fit into one TLS record; only header blocks could use them.
    peerFrame = Math.min(largest, FrameReader.LARGEST);
  }

  void setPeerStreams(long most) {
    peerStreams = most;
  }

  // The end.

  /** The peer violated the protocol or a limit: GOAWAY, and the end of all streams. */
  void fail(Violation violation) {
    if (end != null) {
      return;
    }
    shared.violations().add(violation);
    frames.stop();
    sendGoAway(violation.code());
    boolean flood = violation.code() == ErrorCode.ENHANCE_YOUR_CALM;
    end(flood ? End.FLOOD : End.VIOLATION, violation.words());
  }

  /** A stream could not keep its bytes. */
  void failForMemory() {
    end(End.MEMORY, "");
  }

  /** The transport is about to be ended in order, from outside. Not under a lease. */
  void sayGoodbye() {
    if (server && !goAwaySent && !output.isBroken()) {
      sendGoAway(ErrorCode.NO_ERROR);
      output.flush();
    }
  }

  /** The transport was ended from outside; no report follows, but the streams are told. */
  void close(ResetReason why) {
    if (reported) {
      return;
    }
    reported = true;
    if (end == null) {
      end = End.PEER_RESET;
    }
    release();
    for (H2Stream open : all()) {
      open.fail(why, "the connection was closed");
    }
  }

  private void end(End how, String why) {
    if (end != null) {
      return;
    }
    end = how;
    detail = why;
    // Not from here: this may be within an event of a stream, under a lease.
    worker.execute(() -> guarded(this::report));
  }

  private void report() {
    if (reported) {
      return;
    }
    reported = true;
    output.flush();
    ResetReason reason =
        switch (end == null ? End.MEMORY : end) {
          case PEER_CLOSED, PEER_LEFT -> ResetReason.CANCELLED;
          case PEER_RESET -> ResetReason.CONNECTION_LOST;
          case PEER_TRUNCATED -> ResetReason.TRUNCATED;
          case PEER_REFUSED -> ResetReason.HANDSHAKE;
          case PEER_TRANSPORT, VIOLATION -> ResetReason.PROTOCOL;
          case FLOOD -> ResetReason.FLOOD;
          case IDLE, DRAINED -> ResetReason.TIMEOUT;
          case MEMORY -> ResetReason.INTERNAL;
        };
    for (H2Stream open : all()) {
      open.fail(reason, detail);
    }
    release();
    owner.onOver(end == null ? End.MEMORY : end, detail);
  }

  private void release() {
    clock.cancel();
    frames.stop();
    output.release();
  }

  boolean isOver() {
    return end != null;
  }

  // What the other parts of a connection need.

  boolean isServer() {
    return server;
  }

  /** After the second GOAWAY later streams of the peer are ignored. */
  boolean isGoAwaySent() {
    return goAwaySent;
  }

  H2Shared shared() {
    return shared;
  }

  Worker worker() {
    return worker;
  }

  H2Limits limits() {
    return limits;
  }

  Output output() {
    return output;
  }

  Scheduler scheduler() {
    return scheduler;
  }

  Floods floods() {
    return floods;
  }

  long tick() {
    return worker.deadlines().currentTick();
  }

  /** Runs {@code task} at the end of the worker's turn. */
  void later(Runnable task) {
    worker.execute(() -> guarded(task));
  }

  private void guarded(Runnable task) {
    try {
      task.run();
    } catch (Throwable fault) {
      owner.onFault(fault);
    }
  }

  /** Looks once in a second while anything is to be watched, and else when the idle time ends. */
  private final class Clock extends Deadline {
    private boolean far;

    void arm(long ticks) {
      far = ticks > SECOND;
      worker.deadlines().armTicks(this, ticks);
    }

    void soon() {
      if (far && end == null) {
        arm(SECOND);
      }
    }

    void cancel() {
      worker.deadlines().cancel(this);
    }

    @Override
    protected void onDue() {
      guarded(this::check);
    }

    private void check() {
      if (end != null) {
        return;
      }
      long now = tick();
      if (frameTick != 0 && now - frameTick >= limits.headTicks()) {
        fail(Violation.SLOW_FRAME);
        return;
      }
      checkStalls(now);
      for (H2Stream open : all()) {
        open.endDiscarded(now - SECOND);
      }
      owner.onTick();
      if (draining && server && !goAwaySent && now - drainTick >= 2 * SECOND) {
        // The client does not answer PING.
        sendGoAway(ErrorCode.NO_ERROR);
        onQuiet();
      }
      if (end != null) {
        return;
      }
      if (streams.isEmpty() && frameTick == 0) {
        long left = limits.idleTicks() - (now - activeTick);
        if (left <= 0) {
          drain(End.IDLE);
          if (end != null) {
            return;
          }
        } else if (output.pending() == 0 && !draining) {
          // A drain waits for the answer to its PING, and not for long.
          arm(left);
          return;
        }
      }
      arm(SECOND);
    }

    /**
     * A peer that opens no window, or reads nothing, must not hold a backend's response forever.
     */
    private void checkStalls(long now) {
      if (outputProgress.isStalled(now, output.pending(), limits.bodyTicks())) {
        fail(Violation.STALLED_CONNECTION);
        return;
      }
      for (H2Stream stalled : scheduler.stalledSince(now - limits.bodyTicks())) {
        shared.violations().add(Violation.STALLED_STREAM);
        sendReset(stalled.id(), Violation.STALLED_STREAM.code());
        stalled.fail(ResetReason.TIMEOUT, Violation.STALLED_STREAM.words());
      }
    }
  }
}
