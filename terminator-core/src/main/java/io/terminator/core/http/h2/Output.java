package io.terminator.core.http.h2;

import io.terminator.core.chain.ByteStream;
import io.terminator.core.frame.FrameQueue;
import io.terminator.core.frame.Scratch;
import io.terminator.core.http.exchange.HttpStream;
import io.terminator.core.worker.Worker;
import java.nio.ByteBuffer;

/**
 * The frames of one connection on their way out. Small ones are collected until the end of the
 * worker's turn and leave in one write, so that the answers of many streams share a TLS record;
 * large DATA leaves at once from where it was read. Worker thread only.
 */
final class Output {
  /**
   * DATA up to this length is collected: a copy costs less than a record and a write of its own.
   */
  private static final int SMALL = 4 * 1024;

  /** With its header, a DATA frame of this length fills one TLS record. */
  private static final int LARGEST_DATA = 16 * 1024 - FrameReader.HEADER;

  /** Body bytes that leave in one write as whole frames, each in one TLS record. */
  static final int WHOLE_FRAMES = 4 * LARGEST_DATA;

  /** The most of the collected bytes that one write takes. */
  private static final int LARGEST_WRITE = 64 * 1024;

  private final ByteStream stream;
  private final Worker worker;
  private final Collected collected;
  private final ByteBuffer header;
  private final Runnable flush = this::flushLater;
  private final Runnable afterFlush;
  private boolean scheduled;
  private boolean broken;

  /**
   * {@code afterFlush} runs after the write at the end of a turn: no event of the transport follows
   * where the kernel took everything, or where the peer could not be written to.
   */
  Output(ByteStream stream, H2Shared shared, Runnable afterFlush) {
    this.stream = stream;
    this.worker = stream.worker();
    this.collected = new Collected(shared.freeOutput(), new FrameQueue(worker.frames()));
    this.header = shared.frameHeader();
    this.afterFlush = afterFlush;
  }

  /** A whole control frame. */
  boolean control(ByteBuffer frame, int to) {
    return collect(frame, 0, to);
  }

  /** A header block as HEADERS and as many CONTINUATION frames as it needs. */
  boolean headers(ByteBuffer block, int length, int id, boolean end, int largest) {
    int type = FrameType.HEADERS;
    int flags = end ? FrameType.END_STREAM : 0;
    int at = 0;
    do {
      int part = Math.min(largest, length - at);
      boolean last = at + part == length;
      FrameWriter.header(header, 0, part, type, last ? flags | FrameType.END_HEADERS : flags, id);
      if (!collectWithHeader(block, at, at + part)) {
        return false;
      }
      at += part;
      type = FrameType.CONTINUATION;
      flags = 0;
    } while (at < length);
    return true;
  }

  /**
   * DATA, within the windows. The memory of {@code bytes} around it may be overwritten, as {@link
   * HttpStream} allows.
   */
  boolean data(int id, Scratch bytes, int from, int to, boolean end) {
    int length = to - from;
    if (length <= SMALL) {
      return collectData(id, bytes.buffer(), from, to, end);
    }
    if (collected.bytes() > HttpStream.HEADROOM - FrameReader.HEADER) {
      int at = from;
      do {
        int part = Math.min(LARGEST_DATA, to - at);
        if (!collectData(id, bytes.buffer(), at, at + part, end && at + part == to)) {
          return false;
        }
        at += part;
      } while (at < to);
      return true;
    }
    return write(id, bytes, from, to, end);
  }

  private boolean collectData(int id, ByteBuffer source, int from, int to, boolean end) {
    FrameWriter.header(header, 0, to - from, FrameType.DATA, end ? FrameType.END_STREAM : 0, id);
    return collectWithHeader(source, from, to);
  }

  /** Puts headers between the bytes and what was collected before them, and writes all of it. */
  private boolean write(int id, Scratch bytes, int from, int to, boolean end) {
    if (broken) {
      return false;
    }
    ByteBuffer buffer = bytes.buffer();
    int frames = (to - from + LARGEST_DATA - 1) / LARGEST_DATA;
    // From the last frame on, so that no byte is overwritten before it has moved.
    for (int i = frames - 1; i >= 0; i--) {
      int start = from + i * LARGEST_DATA;
      int length = Math.min(LARGEST_DATA, to - start);
      int moved = start + i * FrameReader.HEADER;
      if (i > 0) {
        buffer.put(moved, buffer, start, length);
      }
      boolean last = end && i == frames - 1;
      FrameWriter.header(
          buffer,
          moved - FrameReader.HEADER,
          length,
          FrameType.DATA,
          last ? FrameType.END_STREAM : 0,
          id);
    }
    int first = from - FrameReader.HEADER;
    int stop = to + (frames - 1) * FrameReader.HEADER;
    int before = (int) collected.bytes();
    if (before > 0) {
      collected.drainTo(buffer, first - before, first);
    }
    return sent(stream.write(bytes, first - before, stop));
  }

  private boolean collect(ByteBuffer source, int from, int to) {
    if (broken) {
      return false;
    }
    if (!worker.frames().hasRoomForRead()) {
      return writeNow(0, source, from, to);
    }
    if (!collected.append(source, from, to)) {
      return sent(false);
    }
    schedule();
    return true;
  }

  private boolean collectWithHeader(ByteBuffer source, int from, int to) {
    if (!broken && !worker.frames().hasRoomForRead()) {
      return writeNow(FrameReader.HEADER, source, from, to);
    }
    return collect(header, 0, FrameReader.HEADER) && collect(source, from, to);
  }

  /**
   * Many connections that collect in one turn would take a frame each, more than the reserve has:
   * without room for reads nothing is collected. Uses the scratch for received bytes, since the
   * plain one may be leased.
   */
  private boolean writeNow(int headerLength, ByteBuffer source, int from, int to) {
    try (Scratch now = worker.received()) {
      while (!collected.isEmpty()) {
        int length = collected.drainTo(now.buffer(), 0, LARGEST_WRITE);
        if (!sent(stream.write(now, 0, length))) {
          return false;
        }
      }
      now.buffer().put(0, header, 0, headerLength);
      now.buffer().put(headerLength, source, from, to - from);
      boolean taken = sent(stream.write(now, 0, headerLength + to - from));
      schedule();
      return taken;
    }
  }

  private boolean sent(boolean taken) {
    if (!taken && !broken) {
      broken = true;
      collected.clear();
      schedule();
    }
    return taken;
  }

  private void schedule() {
    if (!scheduled) {
      scheduled = true;
      worker.execute(flush);
    }
  }

  private void flushLater() {
    scheduled = false;
    flush();
    afterFlush.run();
  }

  /** Writes what was collected. Not under a lease of the plain scratch. */
  void flush() {
    while (!broken && !collected.isEmpty()) {
      try (Scratch plain = worker.plain()) {
        int length = collected.drainTo(plain.buffer(), 0, LARGEST_WRITE);
        sent(stream.write(plain, 0, length));
      }
    }
  }

  /** Bytes that wait, here and below. */
  long pending() {
    return collected.bytes() + stream.pendingOutput();
  }

  /** Nothing can be written any more. */
  boolean isBroken() {
    return broken;
  }

  /** Drops what was collected. */
  void release() {
    broken = true;
    collected.clear();
  }
}
