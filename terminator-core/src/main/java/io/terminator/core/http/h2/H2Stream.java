package io.terminator.core.http.h2;

import io.terminator.core.connect.BackendConnection;
import io.terminator.core.flow.Connection;
import io.terminator.core.frame.FrameQueue;
import io.terminator.core.frame.Scratch;
import io.terminator.core.http.exchange.HttpEvents;
import io.terminator.core.http.exchange.HttpStream;
import io.terminator.core.http.exchange.ResetReason;
import io.terminator.core.http.message.Framing;
import io.terminator.core.http.message.Head;
import io.terminator.core.http.message.HeadKind;
import io.terminator.core.http.message.Method;
import io.terminator.core.http.message.Refusal;
import io.terminator.core.throttle.PauseReason;
import java.util.Base64;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * One stream of an HTTP/2 connection (RFC 9113 section 5). Each side ends its direction with
 * END_STREAM; the stream is closed when both have, or by a reset. Bytes that the peer's windows do
 * not allow wait in frames of the worker. Over 500 lines, because each direction's end decides what
 * the other may still do. Worker thread only.
 */
final class H2Stream implements HttpStream {
  private static final long UNKNOWN = -1;

  private final H2Connection connection;
  private final int id;
  private @Nullable HttpEvents receiver;

  private long sendWindow;
  private int receiveWindow;

  /** What the window of the peer is when nothing of it is used. */
  private int fullWindow;

  /** The receiver did not take bytes at once since the last credit: more would only wait. */
  private boolean slow;

  private int consumed;
  private int pauses;
  private int priority;
  private boolean queued;
  private long queuedTick;
  private boolean progress;

  private boolean headReceived;
  private boolean bodyless;
  private boolean webSocket;
  private boolean remoteEnded;
  private long bodyLeft = UNKNOWN;

  /** The caller has sent its last byte; {@link #localEnded} follows when it left. */
  private boolean endAccepted;

  private boolean localEnded;

  /** Since when the rest of a request is discarded that was answered before its end; else 0. */
  private long discardTick;

  private @Nullable BackendConnection occupied;
  private @Nullable Connection served;
  private boolean released;
  private boolean refused;
  private boolean closed;
  private @Nullable FrameQueue waiting;
  private byte @Nullable [] trailers;

  H2Stream(H2Connection connection, int id, long sendWindow, int receiveWindow, int priority) {
    this.connection = connection;
    this.id = id;
    this.sendWindow = sendWindow;
    this.receiveWindow = receiveWindow;
    this.fullWindow = receiveWindow;
    this.priority = priority;
  }

  /**
   * The stream's place on a server, which its release vacates, and the client that it serves, whose
   * faults are its own and not those of the shared connection. Only as a client.
   */
  void serve(BackendConnection part, Connection client) {
    occupied = part;
    served = client;
  }

  @Override
  public void attach(HttpEvents to) {
    receiver = to;
  }

  // Output.

  @Override
  public boolean send(Head head, Scratch bytes, int from, int to, boolean end) {
    if (closed || endAccepted) {
      return false;
    }
    if (head.kind() == HeadKind.REQUEST) {
      bodyless = head.method() == Method.HEAD;
    }
    if (webSocket && head.status() == 101) {
      // RFC 8441 section 5: an extended CONNECT is accepted with 200.
      head.setStatus(200);
      head.remove("Sec-WebSocket-Accept");
    }
    boolean only = end && from == to;
    if (!connection.sendHead(id, head, only)) {
      return false;
    }
    if (only) {
      endAccepted = true;
      toLocalEnded();
      return true;
    }
    return from == to || send(bytes, from, to, end);
  }

  @Override
  public boolean send(Scratch bytes, int from, int to, boolean end) {
    if (closed || endAccepted) {
      return false;
    }
    endAccepted = end;
    boolean waited = hasWaitingBytes();
    int allowed = waited ? 0 : (int) Math.min(to - from, windows());
    int rest = from + allowed;
    // Before the write, which may overwrite what follows its bytes.
    if (rest < to && !keep(bytes, rest, to)) {
      return false;
    }
    return allowed == 0 && (waited || from < to) || write(bytes, from, rest, end && rest == to);
  }

  private boolean keep(Scratch bytes, int from, int to) {
    FrameQueue queue = waiting;
    if (queue == null) {
      queue = new FrameQueue(connection.worker().frames());
      waiting = queue;
    }
    if (!queue.append(bytes.buffer(), from, to)) {
      connection.failForMemory();
      return false;
    }
    connection.onKept();
    connection.scheduler().add(this);
    return true;
  }

  @Override
  public boolean sendTrailers(Head fields, Scratch bytes, int at) {
    if (closed || endAccepted) {
      return false;
    }
    endAccepted = true;
    if (hasWaitingBytes()) {
      trailers = connection.encoded(fields);
      return true;
    }
    if (!connection.sendHead(id, fields, true)) {
      return false;
    }
    toLocalEnded();
    return true;
  }

  private long windows() {
    return Math.max(0, Math.min(sendWindow, connection.sendWindow()));
  }

  private boolean write(Scratch bytes, int from, int to, boolean end) {
    progress = true;
    sendWindow -= to - from;
    connection.spendWindow(to - from);
    if (!connection.output().data(id, bytes, from, to, end)) {
      return false;
    }
    if (end) {
      toLocalEnded();
    }
    return true;
  }

  /** Sends what waits, as far as the windows and the connection's room allow. Not under a lease. */
  void drain() {
    FrameQueue queue = waiting;
    while (queue != null && !queue.isEmpty() && !closed) {
      long allowed = Math.min(windows(), connection.connectionRoom());
      if (allowed <= 0) {
        connection.scheduler().add(this);
        return;
      }
      try (Scratch plain = connection.worker().plain()) {
        int most = (int) Math.min(allowed, Output.WHOLE_FRAMES / 2);
        int length = queue.drainTo(plain.buffer(), HEADROOM, HEADROOM + most);
        boolean last = queue.isEmpty() && endAccepted && trailers == null;
        if (!write(plain, HEADROOM, HEADROOM + length, last)) {
          return;
        }
      }
      if (Priority.isIncremental(priority) && !queue.isEmpty()) {
        connection.scheduler().add(this);
        return;
      }
    }
    if (closed) {
      return;
    }
    waiting = null;
    byte[] block = trailers;
    if (block != null) {
      trailers = null;
      if (connection.sendBlock(id, block)) {
        toLocalEnded();
      }
    } else if (!endAccepted && room() > 0) {
      tellRoom();
    }
  }

  boolean hasWaitingBytes() {
    return waiting != null;
  }

  private void toLocalEnded() {
    localEnded = true;
    if (remoteEnded) {
      close(false);
    } else if (released) {
      endEarly();
    }
  }

  /**
   * The response is complete, and the rest of the request is not needed. RFC 9113 section 8.1
   * allows a reset with NO_ERROR, but curl 7.88 and others discard a response that they read
   * together with it. So what follows is discarded for a moment, within the window that is left.
   */
  private void endEarly() {
    if (!connection.isServer()) {
      abort(ErrorCode.CANCEL);
    } else if (webSocket) {
      abort(ErrorCode.NO_ERROR);
    } else if (discardTick == 0) {
      discardTick = Math.max(1, connection.tick());
    }
  }

  /** Resets the stream if the rest of its request has been discarded since {@code tick}. */
  void endDiscarded(long tick) {
    if (discardTick != 0 && discardTick <= tick) {
      abort(ErrorCode.NO_ERROR);
    }
  }

  /** Bytes that wait for a window. */
  long pendingOutput() {
    FrameQueue queue = waiting;
    return queue == null ? 0 : queue.bytes();
  }

  /** Bytes in frames, here and at the receiver. */
  long keptBytes() {
    HttpEvents to = receiver;
    return pendingOutput() + (to == null || released ? 0 : to.keptBytes());
  }

  @Override
  public long room() {
    if (closed || endAccepted) {
      return 0;
    }
    long room = hasWaitingBytes() ? 0 : Math.min(windows(), connection.connectionRoom());
    if (room > 0) {
      // What is a little more than whole frames would cost a frame and a record of its own.
      return Math.min(room, Output.WHOLE_FRAMES);
    }
    connection.scheduler().add(this);
    return 0;
  }

  void tellRoom() {
    HttpEvents to = receiver;
    if (to != null && !released && room() > 0) {
      to.onRoom(this);
    }
  }

  // Input.

  @Override
  public void pause(PauseReason reason) {
    pauses |= 1 << reason.ordinal();
    slow = true;
  }

  @Override
  public void resume(PauseReason reason) {
    pauses &= ~(1 << reason.ordinal());
    returnCredit();
  }

  /** A DATA frame of {@code length} has begun; false if it exceeds the window. */
  boolean spendReceiveWindow(int length) {
    receiveWindow -= length;
    consumed += length;
    return receiveWindow >= 0;
  }

  /**
   * Lets the peer send as much again as was taken from it, unless the receiver is paused, and more
   * if the receiver was faster than the window allowed.
   */
  private void returnCredit() {
    if (closed || remoteEnded || discardTick != 0 || consumed < fullWindow / 2) {
      return;
    }
    HttpEvents to = receiver;
    if (released || (pauses == 0 && to != null && to.accepts(this) > 0)) {
      int credit = consumed;
      consumed = 0;
      int larger = Math.min(2 * fullWindow, connection.limits().largestStreamWindow());
      if (!slow && !released && larger > fullWindow) {
        credit += larger - fullWindow;
        fullWindow = larger;
      }
      slow = false;
      receiveWindow += credit;
      connection.sendWindowUpdate(id, credit);
    } else {
      slow = true;
    }
  }

  /** The final head of the peer's message has arrived; {@code head} belongs to the receiver. */
  void onHead(Head head, Scratch bytes, int at, boolean end) {
    if (connection.isServer() && head.method() == Method.CONNECT) {
      toUpgrade(head);
    }
    if (!head.isInterim()) {
      headReceived = true;
      if (head.framing() == Framing.LENGTH) {
        bodyLeft = head.bodyLength();
      } else if (!end && !webSocket && head.framing() == Framing.NONE) {
        bodyLeft = 0;
      }
    }
    HttpEvents to = receiver;
    if (to == null || released) {
      connection.shared().heads().release(head);
      toRemoteEnded(end);
      return;
    }
    remoteEnded = end;
    try {
      to.onHead(this, head, bytes, at, at, end);
    } catch (RuntimeException | Error fault) {
      onFault(fault);
    }
    toRemoteEnded(end);
  }

  /**
   * An extended CONNECT for WebSocket becomes the upgrade that servers of HTTP/1.1 know; other
   * protocols become a CONNECT without one, which is refused.
   */
  private void toUpgrade(Head head) {
    Head.Span protocol = head.protocol();
    if (!head.equalsIgnoreCase(protocol.from(), protocol.to(), "websocket")) {
      head.setProtocol("");
      return;
    }
    webSocket = true;
    head.setMethod("GET");
    head.setFraming(Framing.NONE, 0);
    byte[] key = new byte[16];
    ThreadLocalRandom.current().nextBytes(key);
    head.set("Sec-WebSocket-Key", Base64.getEncoder().encodeToString(key));
  }

  /** False if the body is longer or shorter than the head says. */
  boolean onData(Scratch bytes, int from, int to, boolean end) {
    if (bodyLeft != UNKNOWN && !refused) {
      bodyLeft -= to - from;
      if (bodyLeft < 0 || (end && bodyLeft > 0)) {
        return false;
      }
    }
    HttpEvents receiving = receiver;
    if (receiving != null && !released && !refused) {
      remoteEnded = end;
      try {
        receiving.onData(this, bytes, from, to, end);
      } catch (RuntimeException | Error fault) {
        onFault(fault);
      }
    }
    toRemoteEnded(end);
    returnCredit();
    return true;
  }

  /** False if the body is shorter than the head says. */
  boolean onTrailers(Head fields, Scratch bytes, int at) {
    if (bodyLeft > 0) {
      connection.shared().heads().release(fields);
      return false;
    }
    HttpEvents to = receiver;
    if (to == null || released || refused) {
      connection.shared().heads().release(fields);
    } else {
      remoteEnded = true;
      try {
        to.onTrailers(this, fields, bytes, at);
      } catch (RuntimeException | Error fault) {
        onFault(fault);
      }
    }
    toRemoteEnded(true);
    return true;
  }

  private void onFault(Throwable fault) {
    Connection client = served;
    if (client == null) {
      connection.onFault(fault);
    } else {
      client.fault(fault);
      abort(ErrorCode.CANCEL);
    }
  }

  private void toRemoteEnded(boolean end) {
    if (end && !closed) {
      remoteEnded = true;
      if (localEnded) {
        close(false);
      }
    }
  }

  // The end.

  @Override
  public boolean isExtendedConnect() {
    return webSocket;
  }

  @Override
  public void toTunnel() {
    bodyLeft = UNKNOWN;
  }

  @Override
  public void reset(ResetReason reason, String why) {
    if (!closed) {
      abort(
          switch (reason) {
            case PROTOCOL -> ErrorCode.PROTOCOL_ERROR;
            case FLOOD -> ErrorCode.ENHANCE_YOUR_CALM;
            case REFUSED -> ErrorCode.REFUSED_STREAM;
            case CANCELLED, CONNECTION_LOST, TRUNCATED, HANDSHAKE, TIMEOUT, OTHER_SIDE, INTERNAL ->
                connection.isServer() ? ErrorCode.INTERNAL_ERROR : ErrorCode.CANCEL;
          });
    }
  }

  @Override
  public void release() {
    if (released) {
      return;
    }
    released = true;
    BackendConnection part = occupied;
    if (part != null) {
      occupied = null;
      part.vacate();
    }
    if (closed) {
      return;
    }
    if (!endAccepted) {
      abort(connection.isServer() ? ErrorCode.INTERNAL_ERROR : ErrorCode.CANCEL);
    } else if (localEnded) {
      endEarly();
    }
  }

  /** Sends RST_STREAM and closes. */
  void abort(ErrorCode code) {
    if (!closed) {
      connection.sendReset(id, code);
      close(true);
    }
  }

  /** Closes and tells the receiver that the peer's message, or the sending of its own, ended. */
  void fail(ResetReason why, String detail) {
    HttpEvents to = receiver;
    boolean tell = !released && !closed;
    close(true);
    if (tell && to != null) {
      connection.outsideLease(() -> to.onReset(this, why, detail));
    }
  }

  /** The receiver may answer the request, which is read no further. */
  void refuse(Refusal why, boolean end) {
    headReceived = true;
    refused = true;
    remoteEnded = end;
    HttpEvents to = receiver;
    if (to != null) {
      connection.outsideLease(
          () -> {
            if (!released && !closed) {
              to.onRefused(this, why);
            }
          });
    }
  }

  private void close(boolean reset) {
    if (closed) {
      return;
    }
    closed = true;
    FrameQueue queue = waiting;
    if (queue != null) {
      queue.clear();
      waiting = null;
    }
    trailers = null;
    connection.onStreamClosed(this, reset);
  }

  // State that the connection and the scheduler read.

  int id() {
    return id;
  }

  boolean isClosed() {
    return closed;
  }

  boolean isRemoteEnded() {
    return remoteEnded;
  }

  boolean isHeadReceived() {
    return headReceived;
  }

  boolean isBodyless() {
    return bodyless;
  }

  boolean isEndAccepted() {
    return endAccepted;
  }

  long sendWindow() {
    return sendWindow;
  }

  /** False if the window would exceed its limit (RFC 9113 section 6.9.1). */
  boolean widen(long increment) {
    sendWindow += increment;
    return sendWindow <= Integer.MAX_VALUE;
  }

  int priority() {
    return priority;
  }

  void setPriority(int value) {
    priority = value;
  }

  boolean isQueued() {
    return queued;
  }

  void setQueued(boolean now, long tick) {
    queued = now;
    queuedTick = tick;
  }

  long queuedTick() {
    return queuedTick;
  }

  /** Whether bytes were sent since the last call. */
  boolean takeProgress() {
    boolean moved = progress;
    progress = false;
    return moved;
  }

  @Override
  public String version() {
    return "HTTP/2";
  }
}
