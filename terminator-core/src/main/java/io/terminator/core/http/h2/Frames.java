package io.terminator.core.http.h2;

import io.terminator.core.frame.Scratch;
import io.terminator.core.http.exchange.ResetReason;
import io.terminator.core.http.message.FieldName;
import io.terminator.core.http.message.Head;
import io.terminator.core.http.message.HeadKind;
import io.terminator.core.http.message.Refusal;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What the frames of the peer mean: the states of streams (RFC 9113 section 5.1), header blocks,
 * windows, settings, and the limits on each. Over 500 lines, because each type of frame depends on
 * the state that the others leave. Worker thread only.
 */
final class Frames implements FrameReader.Receiver {
  private static final int MOST_CONTINUATIONS = 32;

  /** What a receiver of DATA overwrites after it: the end of a chunk, or a short answer. */
  private static final int DATA_TAIL = 1024;

  private final H2Connection connection;
  private final H2Shared shared;
  private final FrameReader reader = new FrameReader(this);
  private @Nullable HeaderDecoder decoder;
  private int readTo;

  private int prefaceRead;
  private boolean settingsReceived;

  /** The stream of the current DATA frame; null if its bytes are ignored. */
  private @Nullable H2Stream dataStream;

  // The header block that is incomplete.
  private byte @Nullable [] block;
  private int blockLength;
  private int continuations;
  private boolean blockEnd;
  private int blockDependsOn;

  /** The last priority for a stream that is not open yet. */
  private int earlyStream;

  private int earlyPriority;

  Frames(H2Connection connection) {
    this.connection = connection;
    this.shared = connection.shared();
    prefaceRead = connection.isServer() ? 0 : H2Connection.PREFACE.length;
  }

  /** Reads {@code plain[from, to)}, which is leased. */
  void read(Scratch plain, int from, int to) {
    readTo = to;
    int at = from;
    byte[] preface = H2Connection.PREFACE;
    while (at < to && prefaceRead < preface.length) {
      if (plain.buffer().get(at) != preface[prefaceRead]) {
        connection.fail(Violation.PREFACE);
        break;
      }
      at++;
      prefaceRead++;
    }
    if (!connection.isOver()) {
      reader.read(plain, at, to);
    }
  }

  void stop() {
    reader.stop();
    block = null;
  }

  /** The preface, a frame or a header block has begun and is incomplete. */
  boolean isWithin() {
    return reader.isWithinFrame() || prefaceRead < H2Connection.PREFACE.length || !settingsReceived;
  }

  private long tick() {
    return connection.tick();
  }

  /** Ends the connection if {@code flood} is one; true if it did. */
  private boolean failFor(@Nullable Violation flood) {
    if (flood == null) {
      return false;
    }
    connection.fail(flood);
    return true;
  }

  @Override
  public void onViolation(int id, Violation violation) {
    if (violation.isFatal()) {
      connection.fail(violation);
    } else {
      refuse(id, violation);
    }
  }

  /** Ends a stream for {@code violation}; too many of them end the connection. */
  private void refuse(int id, Violation violation) {
    shared.violations().add(violation);
    connection.sendReset(id, violation.code());
    H2Stream open = connection.find(id);
    if (open != null) {
      open.fail(ResetReason.PROTOCOL, violation.words());
    }
    failFor(connection.floods().onProvoked(tick()));
  }

  /** The first frame is SETTINGS (RFC 9113 section 3.4). */
  private boolean isTooEarly() {
    if (!settingsReceived) {
      connection.fail(Violation.PREFACE);
      return true;
    }
    return false;
  }

  // DATA.

  @Override
  public void onData(int id, int length) {
    dataStream = null;
    if (isTooEarly()) {
      return;
    }
    if (connection.isIdle(id)) {
      connection.fail(Violation.IDLE_STREAM);
      return;
    }
    if (!connection.spendReceiveWindow(length)) {
      connection.fail(Violation.WINDOW_EXCEEDED);
      return;
    }
    H2Stream open = connection.find(id);
    if (open == null) {
      if (!connection.wasReset(id)) {
        refuse(id, Violation.CLOSED_STREAM);
      }
    } else if (open.isRemoteEnded()) {
      refuse(id, Violation.CLOSED_STREAM);
    } else if (!open.isHeadReceived()) {
      refuse(id, Violation.PSEUDO_MISSING);
    } else if (!open.spendReceiveWindow(length)) {
      refuse(id, Violation.STREAM_WINDOW_EXCEEDED);
    } else {
      dataStream = open;
    }
  }

  @Override
  public void onDataBytes(int id, Scratch bytes, int from, int to, boolean end) {
    H2Stream open = dataStream;
    if (open == null || open.isClosed()) {
      return;
    }
    if (from == to && !end) {
      failFor(connection.floods().onEmpty(tick()));
      return;
    }
    int saved = saveTail(bytes, to, DATA_TAIL);
    if (!open.onData(bytes, from, to, end)) {
      refuse(id, Violation.BODY_LENGTH);
    }
    restoreTail(bytes, to, saved);
  }

  /**
   * The receiver of an event may overwrite the bytes after it, which are the next frames; one that
   * answers a request at once uses even more memory.
   */
  private int saveTail(Scratch bytes, int at, int most) {
    int length = Math.min(most, readTo - at);
    if (length > 0) {
      bytes.buffer().get(at, shared.tail(length), 0, length);
    }
    return length;
  }

  private void restoreTail(Scratch bytes, int at, int length) {
    if (length > 0) {
      bytes.buffer().put(at, shared.tail(length), 0, length);
    }
  }

  // Header blocks.

  @Override
  public void onHeaders(
      int id,
      boolean end,
      int dependsOn,
      ByteBuffer source,
      int from,
      int to,
      boolean complete,
      Scratch bytes) {
    if (isTooEarly()) {
      return;
    }
    blockEnd = end;
    blockDependsOn = dependsOn;
    if (complete) {
      onBlock(id, source, from, to, bytes);
      return;
    }
    continuations = 0;
    blockLength = 0;
    append(source, from, to);
  }

  @Override
  public void onContinuation(
      int id, ByteBuffer source, int from, int to, boolean complete, Scratch bytes) {
    if (++continuations > MOST_CONTINUATIONS) {
      connection.fail(Violation.CONTINUATION_FLOOD);
      return;
    }
    if (from == to && !complete && failFor(connection.floods().onEmpty(tick()))) {
      return;
    }
    append(source, from, to);
    byte[] whole = block;
    if (complete && whole != null && !connection.isOver()) {
      block = null;
      onBlock(id, ByteBuffer.wrap(whole), 0, blockLength, bytes);
    }
  }

  private void append(ByteBuffer source, int from, int to) {
    byte[] memory = block;
    int needed = blockLength + to - from;
    if (needed > Math.min(connection.limits().blockBytes(), shared.largestBlock())) {
      connection.fail(Violation.HEADER_BLOCK_SIZE);
      return;
    }
    if (memory == null) {
      memory = new byte[Math.max(256, needed)];
    } else if (memory.length < needed) {
      memory = Arrays.copyOf(memory, Math.max(needed, 2 * memory.length));
    }
    block = memory;
    source.get(from, memory, blockLength, to - from);
    blockLength = needed;
  }

  private void onBlock(int id, ByteBuffer source, int from, int to, Scratch bytes) {
    H2Stream open = connection.find(id);
    HeadKind kind =
        open == null || !open.isHeadReceived()
            ? connection.isServer() ? HeadKind.REQUEST : HeadKind.RESPONSE
            : HeadKind.TRAILERS;
    Head head = shared.heads().take(kind);
    H2Limits limits = connection.limits();
    shared.fields().begin(head, limits.headBytes(), limits.fields());
    HeaderDecoder reading = decoder;
    if (reading == null) {
      reading = shared.newDecoder();
      decoder = reading;
    }
    Violation violation;
    if (!reading.decode(source, from, to)) {
      violation = Violation.HPACK;
    } else {
      violation = shared.fields().finish(blockEnd, open != null && open.isBodyless());
    }
    if (violation == Violation.HPACK) {
      shared.heads().release(head);
      connection.fail(violation);
    } else if (open != null) {
      onHeadOf(open, head, violation, bytes);
    } else if (connection.isServer()) {
      onRequest(id, head, violation, bytes);
    } else {
      shared.heads().release(head);
      if (connection.isIdle(id)) {
        connection.fail(Violation.IDLE_STREAM);
      } else if (!connection.wasReset(id)) {
        refuse(id, Violation.CLOSED_STREAM);
      }
    }
  }

  /** A response, or trailers. */
  private void onHeadOf(H2Stream open, Head head, @Nullable Violation found, Scratch bytes) {
    Violation violation = found;
    boolean trailers = head.kind() == HeadKind.TRAILERS;
    if (open.isRemoteEnded()) {
      violation = Violation.CLOSED_STREAM;
    } else if (blockDependsOn == open.id()) {
      violation = Violation.SELF_DEPENDENCY;
    } else if (violation == null && trailers && !blockEnd) {
      violation = Violation.TRAILERS_WITHOUT_END;
    } else if (violation == null && head.isInterim() && blockEnd) {
      violation = Violation.STATUS;
    }
    if (violation != null) {
      shared.heads().release(head);
      refuse(open.id(), violation);
      return;
    }
    int at = reader.position();
    int saved = saveTail(bytes, at, Integer.MAX_VALUE);
    if (!trailers) {
      open.onHead(head, bytes, at, blockEnd);
    } else if (!open.onTrailers(head, bytes, at)) {
      refuse(open.id(), Violation.BODY_LENGTH);
    }
    restoreTail(bytes, at, saved);
  }

  private void onRequest(int id, Head head, @Nullable Violation violation, Scratch bytes) {
    if ((id & 1) == 0) {
      shared.heads().release(head);
      connection.fail(Violation.STREAM_ID);
      return;
    }
    if (id <= connection.lastPeerStream()) {
      shared.heads().release(head);
      if (!connection.wasReset(id)) {
        connection.fail(
            connection.wasClosed(id) ? Violation.HEADERS_AFTER_END : Violation.STREAM_ID);
      }
      return;
    }
    if (connection.isGoAwaySent()) {
      // Announced as not processed: the client sends it again elsewhere.
      shared.heads().release(head);
      connection.skip(id);
      return;
    }
    Violation refused =
        blockDependsOn == id
            ? Violation.SELF_DEPENDENCY
            : violation != null
                ? violation
                : connection.streamCount() >= connection.limits().streams()
                    ? Violation.STREAM_LIMIT
                    : null;
    if (refused != null) {
      shared.heads().release(head);
      if (refused == Violation.HEAD_SIZE) {
        shared.violations().add(refused);
        connection.begin(id, Priority.FAIR).refuse(Refusal.HEAD_TOO_LARGE, blockEnd);
        failFor(connection.floods().onProvoked(tick()));
      } else {
        connection.skip(id);
        refuse(id, refused);
      }
      return;
    }
    H2Stream begun = connection.begin(id, priorityOf(id, head));
    int at = reader.position();
    int saved = saveTail(bytes, at, Integer.MAX_VALUE);
    begun.onHead(head, bytes, at, blockEnd);
    restoreTail(bytes, at, saved);
  }

  private int priorityOf(int id, Head head) {
    if (id == earlyStream) {
      return earlyPriority;
    }
    int field = head.first(FieldName.PRIORITY);
    return field < 0
        ? Priority.FAIR
        : Priority.parse(head.text(), head.valueFrom(field), head.valueTo(field));
  }

  // The other frames.

  @Override
  public void onPriority(int id, int dependsOn) {
    if (isTooEarly() || failFor(connection.floods().onOther(tick()))) {
      return;
    }
    if (dependsOn == id) {
      refuse(id, Violation.SELF_DEPENDENCY);
    }
  }

  @Override
  public void onReset(int id, long code) {
    if (isTooEarly()) {
      return;
    }
    if (connection.isIdle(id)) {
      connection.fail(Violation.IDLE_STREAM);
      return;
    }
    if (connection.isServer() && failFor(connection.floods().onReset(tick()))) {
      return;
    }
    H2Stream open = connection.find(id);
    if (open != null) {
      ErrorCode why = ErrorCode.of(code);
      boolean tooMany = why == ErrorCode.REFUSED_STREAM || why == ErrorCode.ENHANCE_YOUR_CALM;
      if (tooMany && !connection.isServer()) {
        connection.onTooMany();
      }
      open.fail(
          why == ErrorCode.REFUSED_STREAM ? ResetReason.REFUSED : ResetReason.CANCELLED,
          "RST_STREAM " + why);
    }
  }

  @Override
  public void onSettings(ByteBuffer source, int from, int to) {
    settingsReceived = true;
    if (failFor(connection.floods().onSettings(tick()))) {
      return;
    }
    for (int at = from; at < to; at += 6) {
      Violation violation =
          onSetting(source.getShort(at) & 0xffff, source.getInt(at + 2) & 0xffffffffL);
      if (violation != null) {
        connection.fail(violation);
        return;
      }
    }
    connection.sendSettingsAck();
  }

  private @Nullable Violation onSetting(int setting, long value) {
    switch (setting) {
      case Setting.ENABLE_PUSH -> {
        if (value > (connection.isServer() ? 1 : 0)) {
          return Violation.SETTINGS_VALUE;
        }
      }
      case Setting.MAX_CONCURRENT_STREAMS -> connection.setPeerStreams(value);
      case Setting.INITIAL_WINDOW_SIZE -> {
        if (value > Integer.MAX_VALUE || !connection.setPeerWindow((int) value)) {
          return Violation.SETTINGS_WINDOW;
        }
      }
      case Setting.MAX_FRAME_SIZE -> {
        if (value < FrameReader.LARGEST || value >= 1 << 24) {
          return Violation.SETTINGS_VALUE;
        }
        connection.setPeerFrame((int) value);
      }
      case Setting.ENABLE_CONNECT_PROTOCOL -> {
        if (value > 1) {
          return Violation.SETTINGS_VALUE;
        }
      }
      case Setting.NO_RFC7540_PRIORITIES -> {
        if (value > 1) {
          return Violation.SETTINGS_VALUE;
        }
      }
      default -> {
        // HEADER_TABLE_SIZE: the compression has no table. Unknown settings are ignored.
      }
    }
    return null;
  }

  @Override
  public void onSettingsAck() {
    if (!isTooEarly()) {
      failFor(connection.floods().onSettings(tick()));
    }
  }

  @Override
  public void onPing(boolean ack, long opaque) {
    if (isTooEarly() || failFor(connection.floods().onPing(tick()))) {
      return;
    }
    if (ack) {
      connection.onPong(opaque);
    } else {
      connection.sendPong(opaque);
    }
  }

  @Override
  public void onGoAway(int lastStream, long code) {
    if (!isTooEarly() && !failFor(connection.floods().onOther(tick()))) {
      connection.onGoAway(lastStream, ErrorCode.of(code));
    }
  }

  @Override
  public void onWindowUpdate(int id, int increment) {
    if (isTooEarly() || failFor(connection.floods().onOther(tick()))) {
      return;
    }
    if (id == 0) {
      if (increment == 0) {
        connection.fail(Violation.WINDOW_INCREMENT);
      } else if (!connection.widen(increment)) {
        connection.fail(Violation.WINDOW_OVERFLOW);
      } else {
        connection.scheduler().wake();
      }
      return;
    }
    if (connection.isIdle(id)) {
      connection.fail(Violation.IDLE_STREAM);
      return;
    }
    H2Stream open = connection.find(id);
    if (open == null) {
      return;
    }
    if (increment == 0) {
      refuse(id, Violation.STREAM_WINDOW_INCREMENT);
    } else if (!open.widen(increment)) {
      refuse(id, Violation.STREAM_WINDOW_OVERFLOW);
    } else {
      connection.scheduler().wake();
    }
  }

  @Override
  public void onPriorityUpdate(int id, ByteBuffer source, int from, int to) {
    if (isTooEarly() || failFor(connection.floods().onOther(tick()))) {
      return;
    }
    if (id == 0 || !connection.isServer()) {
      connection.fail(Violation.STREAM_ID);
      return;
    }
    byte[] value = new byte[Math.min(to - from, 64)];
    source.get(from, value);
    int priority = Priority.parse(value, 0, value.length);
    H2Stream open = connection.find(id);
    if (open != null) {
      open.setPriority(priority);
    } else if (connection.isIdle(id)) {
      earlyStream = id;
      earlyPriority = priority;
    }
  }

  @Override
  public void onUnknown(int type) {
    if (!isTooEarly()) {
      failFor(connection.floods().onOther(tick()));
    }
  }
}
