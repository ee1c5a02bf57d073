package io.terminator.core.relay;

import io.terminator.core.chain.ByteStream;
import io.terminator.core.chain.StreamEvents;
import io.terminator.core.chain.TcpStream;
import io.terminator.core.frame.Scratch;
import io.terminator.core.throttle.ReadGate;
import io.terminator.core.worker.Worker;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A stream without a socket of its own, like each of several streams over one connection. The test
 * determines its input and the room for its output. A request for its socket fails.
 */
final class MemoryStream implements ByteStream, ReadGate.Tap {
  private final Worker worker;
  private final ReadGate gate;
  private final ByteArrayOutputStream taken = new ByteArrayOutputStream();
  private @Nullable StreamEvents events;
  private String input = "";
  private int inputEnd = WOULD_BLOCK;
  private boolean reading;
  private boolean full;
  private long pending;
  private boolean finished;
  private boolean broken;

  MemoryStream(Worker worker) {
    this.worker = worker;
    this.gate =
        new ReadGate(
            this, worker.unattributedTraffic().pauses(), worker.unattributedTraffic().resumes());
  }

  /**
   * {@code text} arrives, then {@code end} unless it is WOULD_BLOCK. The phase receives an event if
   * it reads.
   */
  void arrive(String text, int end) {
    input += text;
    inputEnd = end;
    tell();
  }

  private void tell() {
    if (reading && events != null && (!input.isEmpty() || inputEnd != WOULD_BLOCK)) {
      events.onReadable();
      // A socket that is still readable would cause another event.
      if (gate.isOpen() && (!input.isEmpty() || inputEnd != WOULD_BLOCK)) {
        tell();
      }
    }
  }

  /** Makes subsequent writes wait. */
  void fill() {
    full = true;
  }

  /** Sends all waiting bytes. */
  void drain() {
    full = false;
    pending = 0;
    if (events != null) {
      events.onWritable();
    }
  }

  /** The peer no longer accepts bytes. */
  void breakOutput() {
    broken = true;
    pending = 0;
    if (events != null) {
      events.onWritable();
    }
  }

  String taken() {
    return taken.toString(StandardCharsets.ISO_8859_1);
  }

  /** Whether the end was requested. */
  boolean isFinished() {
    return finished;
  }

  @Override
  public void attach(StreamEvents receiver) {
    events = receiver;
  }

  @Override
  public ReadGate gate() {
    return gate;
  }

  @Override
  public int read(Scratch target, int at, int most) {
    if (input.isEmpty()) {
      return inputEnd;
    }
    byte[] bytes = input.getBytes(StandardCharsets.ISO_8859_1);
    int length = Math.min(bytes.length, most);
    target.buffer().put(at, bytes, 0, length);
    input = input.substring(length);
    return length;
  }

  @Override
  public boolean hasBufferedInput() {
    return !input.isEmpty();
  }

  @Override
  public boolean write(Scratch source, int from, int to) {
    if (broken || finished) {
      return false;
    }
    byte[] bytes = new byte[to - from];
    source.buffer().get(from, bytes);
    taken.writeBytes(bytes);
    pending += full ? bytes.length : 0;
    return true;
  }

  @Override
  public long pendingOutput() {
    return pending;
  }

  @Override
  public void finishOutput(boolean closing) {
    finished = true;
  }

  @Override
  public boolean isOutputFinished() {
    return finished && pending == 0;
  }

  @Override
  public boolean isBroken() {
    return broken;
  }

  @Override
  public boolean hasPeerLeft() {
    return false;
  }

  @Override
  public boolean isPeerGoneInOrder() {
    return false;
  }

  @Override
  public boolean isSettled() {
    return broken || pending == 0;
  }

  @Override
  public void close() {
    gate.end();
  }

  @Override
  public void abort() {
    gate.end();
  }

  @Override
  public void resetOnClose() {}

  @Override
  public Worker worker() {
    return worker;
  }

  @Override
  public TcpStream tcp() {
    throw new AssertionError("this stream has no socket of its own");
  }

  @Override
  public String failure() {
    return "what the peer did wrong";
  }

  @Override
  public void pauseReading() {
    reading = false;
  }

  @Override
  public void resumeReading() {
    reading = true;
    worker.execute(this::tell);
  }

  @Override
  public void release() {}
}
