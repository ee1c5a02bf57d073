package io.terminator.core.http.h2;

import io.terminator.core.frame.Scratch;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Splits the bytes of one peer into frames, in any fragmentation, and checks what a frame's header
 * alone can show: size, stream identifier, and the sequence of CONTINUATION frames (RFC 9113
 * sections 4 and 6). DATA is passed on as it arrives, even a part of a frame, without a copy;
 * frames of other types are passed on whole, and only if one is incomplete at the end of a read
 * does it take memory, at most one frame. Worker thread only.
 */
final class FrameReader {
  static final int HEADER = 9;

  /** SETTINGS_MAX_FRAME_SIZE of this side: the initial value, never raised. */
  static final int LARGEST = 16 * 1024;

  private static final int SMALLEST_KEPT = 64;
  private static final int NONE = -1;

  /** Receives the frames. {@link FrameReader#stop} ends the reading from within a call. */
  interface Receiver {
    /** A DATA frame begins. All of {@code length}, with its padding, counts for flow control. */
    void onData(int stream, int length);

    /**
     * A part of a DATA frame, {@code bytes[from, to)}, may be empty. {@code end}: it is the last
     * part and the stream ends.
     */
    void onDataBytes(int stream, Scratch bytes, int from, int to, boolean end);

    /**
     * The first fragment of a header block, {@code source[from, to)}; {@code complete} if it is
     * also the last. {@code bytes} is the memory that is read from.
     */
    void onHeaders(
        int stream,
        boolean end,
        int dependsOn,
        ByteBuffer source,
        int from,
        int to,
        boolean complete,
        Scratch bytes);

    void onContinuation(
        int stream, ByteBuffer source, int from, int to, boolean complete, Scratch bytes);

    /** A PRIORITY frame, deprecated by RFC 9113 section 5.3.2. */
    void onPriority(int stream, int dependsOn);

    void onReset(int stream, long code);

    void onSettings(ByteBuffer source, int from, int to);

    void onSettingsAck();

    void onPing(boolean ack, long opaque);

    void onGoAway(int lastStream, long code);

    void onWindowUpdate(int stream, int increment);

    /** The field value of RFC 9218, {@code source[from, to)}, for {@code stream}. */
    void onPriorityUpdate(int stream, ByteBuffer source, int from, int to);

    /** A frame of an unknown type, which is ignored. */
    void onUnknown(int type);

    void onViolation(int stream, Violation violation);
  }

  private final Receiver receiver;
  private byte @Nullable [] kept;
  private int keptLength;
  private int type = NONE;
  private int flags;
  private int stream;

  /** Payload bytes of a DATA or unknown frame that are still to come, without the padding. */
  private int left;

  private int padding;
  private boolean padLengthNext;
  private boolean payloadRead;
  private int continuing;
  private boolean stopped;
  private int position;

  FrameReader(Receiver receiver) {
    this.receiver = receiver;
  }

  /** Reads all of {@code bytes[from, to)}, unless it is stopped. */
  void read(Scratch bytes, int from, int to) {
    ByteBuffer source = bytes.buffer();
    int at = from;
    while (at < to && !stopped) {
      if (type != NONE) {
        at = readStreamed(bytes, at, to);
      } else if (kept != null) {
        at = readKept(kept, bytes, at, to);
      } else if (to - at < HEADER) {
        keep(source, at, to);
        at = to;
      } else {
        int length = begin(source, at);
        if (stopped) {
          return;
        }
        if (type != NONE) {
          at += HEADER;
          if (left == 0 && !padLengthNext) {
            readStreamed(bytes, at, at);
          }
        } else if (to - at - HEADER >= length) {
          position = at + HEADER + length;
          process(source, at, bytes);
          at += HEADER + length;
        } else {
          keep(source, at, to);
          at = to;
        }
      }
    }
  }

  /** Ignores everything that follows. */
  void stop() {
    stopped = true;
    kept = null;
  }

  /** The position in the source after the frame that is passed on, if it was passed on whole. */
  int position() {
    return position;
  }

  /** A frame or a header block has begun that is not complete yet. */
  boolean isWithinFrame() {
    return kept != null || continuing != 0;
  }

  /** Bytes of memory taken by an incomplete frame. */
  int keptBytes() {
    byte[] memory = kept;
    return memory == null ? 0 : memory.length;
  }

  private int readKept(byte[] memory, Scratch bytes, int from, int to) {
    int at = from;
    int wanted = keptLength < HEADER ? HEADER : HEADER + lengthOf(ByteBuffer.wrap(memory), 0);
    int taken = Math.min(wanted - keptLength, to - at);
    keep(bytes.buffer(), at, at + taken);
    at += taken;
    if (keptLength < wanted) {
      return at;
    }
    ByteBuffer frame = ByteBuffer.wrap(kept == null ? memory : kept);
    int length = lengthOf(frame, 0);
    if (wanted == HEADER) {
      begin(frame, 0);
      if (stopped) {
        return at;
      }
      if (type != NONE) {
        drop();
        if (left == 0 && !padLengthNext) {
          readStreamed(bytes, at, at);
        }
        return at;
      }
      if (length > 0) {
        return at;
      }
    }
    drop();
    position = at;
    process(frame, 0, bytes);
    return at;
  }

  private void keep(ByteBuffer source, int from, int to) {
    byte[] memory = kept;
    int needed = keptLength + to - from;
    if (memory == null) {
      memory = new byte[Math.max(SMALLEST_KEPT, needed)];
    } else if (memory.length < needed) {
      // Grows with what arrived, not with what the frame's header promises.
      memory =
          Arrays.copyOf(memory, Math.max(needed, Math.min(2 * memory.length, HEADER + LARGEST)));
    }
    kept = memory;
    source.get(from, memory, keptLength, to - from);
    keptLength = needed;
  }

  private void drop() {
    kept = null;
    keptLength = 0;
  }

  private static int lengthOf(ByteBuffer source, int at) {
    return source.getInt(at) >>> 8;
  }

  /** Returns the length of the frame at {@code at}, and sets up the type if it is streamed. */
  private int begin(ByteBuffer source, int at) {
    int length = lengthOf(source, at);
    int kind = source.get(at + 3) & 0xff;
    int marks = source.get(at + 4) & 0xff;
    int id = source.getInt(at + 5) & Integer.MAX_VALUE;
    Violation violation = check(kind, marks, id, length);
    if (violation != null) {
      fail(id, violation);
      return length;
    }
    if (kind == FrameType.DATA || isUnknown(kind)) {
      type = kind;
      flags = marks;
      stream = id;
      left = length;
      padding = 0;
      payloadRead = false;
      padLengthNext = kind == FrameType.DATA && (marks & FrameType.PADDED) != 0;
      if (kind == FrameType.DATA) {
        receiver.onData(id, length);
      } else {
        receiver.onUnknown(kind);
      }
    }
    return length;
  }

  private static boolean isUnknown(int type) {
    return type > FrameType.CONTINUATION && type != FrameType.PRIORITY_UPDATE;
  }

  private @Nullable Violation check(int kind, int marks, int id, int length) {
    if (length > LARGEST) {
      return Violation.FRAME_SIZE;
    }
    if (continuing != 0 && (kind != FrameType.CONTINUATION || id != continuing)) {
      return Violation.CONTINUATION;
    }
    switch (kind) {
      case FrameType.DATA -> {
        if (id == 0) {
          return Violation.STREAM_ID;
        }
        return (marks & FrameType.PADDED) != 0 && length == 0 ? Violation.FRAME_SIZE : null;
      }
      case FrameType.HEADERS -> {
        if (id == 0) {
          return Violation.STREAM_ID;
        }
        int fixed =
            ((marks & FrameType.PADDED) != 0 ? 1 : 0)
                + ((marks & FrameType.PRIORITIZED) != 0 ? 5 : 0);
        return length < fixed ? Violation.FRAME_SIZE : null;
      }
      case FrameType.CONTINUATION -> {
        return continuing == 0 ? Violation.CONTINUATION : null;
      }
      case FrameType.PRIORITY -> {
        return id == 0 ? Violation.STREAM_ID : null;
      }
      case FrameType.RST_STREAM -> {
        return id == 0 ? Violation.STREAM_ID : length != 4 ? Violation.FRAME_SIZE : null;
      }
      case FrameType.SETTINGS -> {
        if (id != 0) {
          return Violation.STREAM_ID;
        }
        boolean ack = (marks & FrameType.ACK) != 0;
        return length % 6 != 0 || (ack && length != 0) ? Violation.FRAME_SIZE : null;
      }
      case FrameType.PUSH_PROMISE -> {
        return Violation.PUSH;
      }
      case FrameType.PING -> {
        return id != 0 ? Violation.STREAM_ID : length != 8 ? Violation.FRAME_SIZE : null;
      }
      case FrameType.GOAWAY -> {
        return id != 0 ? Violation.STREAM_ID : length < 8 ? Violation.FRAME_SIZE : null;
      }
      case FrameType.WINDOW_UPDATE -> {
        return length != 4 ? Violation.FRAME_SIZE : null;
      }
      case FrameType.PRIORITY_UPDATE -> {
        return id != 0 ? Violation.STREAM_ID : length < 4 ? Violation.FRAME_SIZE : null;
      }
      default -> {
        return null;
      }
    }
  }

  private void fail(int id, Violation violation) {
    receiver.onViolation(id, violation);
    if (violation.isFatal()) {
      stop();
    }
  }

  /** The payload of a frame that is not collected: DATA and unknown types. */
  private int readStreamed(Scratch bytes, int from, int to) {
    int at = from;
    if (padLengthNext) {
      padding = bytes.buffer().get(at++) & 0xff;
      padLengthNext = false;
      left -= 1 + padding;
      if (left < 0) {
        fail(stream, Violation.PADDING);
        return at;
      }
      if (left > 0 && at == to) {
        return at;
      }
    }
    boolean data = type == FrameType.DATA;
    if (!payloadRead) {
      int taken = Math.min(left, to - at);
      left -= taken;
      if (data && (taken > 0 || left == 0)) {
        boolean last = left == 0 && (flags & FrameType.END_STREAM) != 0;
        receiver.onDataBytes(stream, bytes, at, at + taken, last);
      }
      at += taken;
      if (left > 0 || stopped) {
        return at;
      }
      payloadRead = true;
    }
    int skipped = Math.min(padding, to - at);
    padding -= skipped;
    if (padding == 0) {
      type = NONE;
    }
    return at + skipped;
  }

  /** A whole frame at {@code at}. */
  private void process(ByteBuffer source, int at, Scratch bytes) {
    int length = lengthOf(source, at);
    int kind = source.get(at + 3) & 0xff;
    int marks = source.get(at + 4) & 0xff;
    int id = source.getInt(at + 5) & Integer.MAX_VALUE;
    int from = at + HEADER;
    int to = from + length;
    switch (kind) {
      case FrameType.HEADERS -> processHeaders(source, marks, id, from, to, bytes);
      case FrameType.CONTINUATION -> {
        boolean complete = (marks & FrameType.END_HEADERS) != 0;
        continuing = complete ? 0 : id;
        receiver.onContinuation(id, source, from, to, complete, bytes);
      }
      case FrameType.PRIORITY -> {
        if (length != 5) {
          receiver.onViolation(id, Violation.PRIORITY_SIZE);
        } else {
          receiver.onPriority(id, source.getInt(from) & Integer.MAX_VALUE);
        }
      }
      case FrameType.RST_STREAM -> receiver.onReset(id, source.getInt(from) & 0xffffffffL);
      case FrameType.SETTINGS -> {
        if ((marks & FrameType.ACK) != 0) {
          receiver.onSettingsAck();
        } else {
          receiver.onSettings(source, from, to);
        }
      }
      case FrameType.PING -> receiver.onPing((marks & FrameType.ACK) != 0, source.getLong(from));
      case FrameType.GOAWAY ->
          receiver.onGoAway(
              source.getInt(from) & Integer.MAX_VALUE, source.getInt(from + 4) & 0xffffffffL);
      case FrameType.WINDOW_UPDATE ->
          receiver.onWindowUpdate(id, source.getInt(from) & Integer.MAX_VALUE);
      case FrameType.PRIORITY_UPDATE ->
          receiver.onPriorityUpdate(source.getInt(from) & Integer.MAX_VALUE, source, from + 4, to);
      default -> throw new IllegalStateException("a frame of type " + kind + " was collected");
    }
  }

  private void processHeaders(
      ByteBuffer source, int marks, int id, int from, int to, Scratch bytes) {
    int start = from;
    int end = to;
    if ((marks & FrameType.PADDED) != 0) {
      end -= source.get(start) & 0xff;
      start++;
    }
    int dependsOn = NONE;
    if ((marks & FrameType.PRIORITIZED) != 0) {
      dependsOn = source.getInt(start) & Integer.MAX_VALUE;
      start += 5;
    }
    if (start > end) {
      fail(id, Violation.PADDING);
      return;
    }
    boolean complete = (marks & FrameType.END_HEADERS) != 0;
    continuing = complete ? 0 : id;
    boolean ended = (marks & FrameType.END_STREAM) != 0;
    receiver.onHeaders(id, ended, dependsOn, source, start, end, complete, bytes);
  }
}
