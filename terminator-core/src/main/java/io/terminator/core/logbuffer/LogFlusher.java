package io.terminator.core.logbuffer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that writes log lines: all workers' buffers, at every interval or as soon as one is half full. A sink that
 * stalls stalls this thread alone; the buffers then fill and count what they drop.
 */
public final class LogFlusher implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LogFlusher.class);
  private static final int CHUNK = 256 * 1024;
  private static final long COMPLAIN_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long REOPEN_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final LogSink sink;
  private final long intervalNanos;
  private final int capacity;
  private final List<LogBuffer> buffers = new CopyOnWriteArrayList<>();
  private final ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK);
  private final Thread thread;
  private volatile boolean stopping;
  private volatile boolean hurried;
  private volatile long flushes;
  private volatile long bytes;
  private volatile long failures;
  private volatile long flushNanos;
  private volatile long lastFlushNanos = System.nanoTime();
  private volatile long lost;
  private volatile long reopenFailures;
  private final Queue<CompletableFuture<Void>> reopens = new ConcurrentLinkedQueue<>();
  // Of the flusher's thread: a reopen that failed is tried again.
  private boolean reopenWanted = true;
  private boolean reopenFailed;
  private long reopenTried = System.nanoTime() - REOPEN_NANOS;
  private long lastComplaint = System.nanoTime() - COMPLAIN_NANOS;

  /** {@code capacity} bytes for each buffer. */
  public LogFlusher(LogSink sink, Duration interval, int capacity) {
    this.sink = sink;
    this.intervalNanos = interval.toNanos();
    this.capacity = capacity;
    thread = new Thread(this::run, "log-flusher");
    thread.setDaemon(true);
    thread.start();
  }

  /** A buffer for one worker, flushed from now on. */
  public LogBuffer newBuffer() {
    LogBuffer buffer = new LogBuffer(capacity, this::hurry);
    buffers.add(buffer);
    return buffer;
  }

  /** {@code buffer}'s worker is gone: its memory goes once its lines are written, what it counted stays. */
  public void retire(LogBuffer buffer) {
    buffer.retire();
    hurry();
  }

  /**
   * Opens the sink anew, on the flusher's thread: what the result fails with is for the operator. Lines still go to what was open
   * until then, and the reopen is tried again every second.
   */
  public CompletionStage<Void> reopen() {
    CompletableFuture<Void> done = new CompletableFuture<>();
    reopens.add(done);
    hurry();
    return done;
  }

  public long flushes() {
    return flushes;
  }

  public long bytes() {
    return bytes;
  }

  /** Writes that the sink refused; their lines count as dropped. */
  public long failures() {
    return failures;
  }

  /** Times the sink could not be opened, or opened anew. */
  public long reopenFailures() {
    return reopenFailures;
  }

  /** Time spent in the sink, in total. */
  public long flushNanos() {
    return flushNanos;
  }

  /** Nanoseconds since the last flush ended: far above the interval means that the sink stalls. */
  public long lagNanos() {
    return System.nanoTime() - lastFlushNanos;
  }

  /** Of all buffers that ever were. */
  public long entries() {
    return buffers.stream().mapToLong(LogBuffer::entries).sum();
  }

  /** Lines that nobody will read: they found no room, or the sink refused them. */
  public long dropped() {
    return lost + buffers.stream().mapToLong(LogBuffer::dropped).sum();
  }

  public long waiting() {
    return buffers.stream().mapToLong(LogBuffer::waiting).sum();
  }

  /** Writes what waits, then ends; gives a stalled sink two seconds. */
  @Override
  public void close() {
    stopping = true;
    hurry();
    try {
      thread.join(2_000);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    sink.close();
    for (var one = reopens.poll(); one != null; one = reopens.poll()) {
      one.completeExceptionally(new IOException("the log is closed"));
    }
  }

  private void hurry() {
    hurried = true;
    LockSupport.unpark(thread);
  }

  private void run() {
    while (!stopping) {
      if (!hurried) {
        LockSupport.parkNanos(this, intervalNanos);
      }
      hurried = false;
      reopenIfWanted();
      flush();
    }
    // The workers are gone by now: the loop ends.
    while (waiting() > 0 && !Thread.currentThread().isInterrupted()) {
      flush();
    }
  }

  private void reopenIfWanted() {
    List<CompletableFuture<Void>> asked = new ArrayList<>();
    for (var one = reopens.poll(); one != null; one = reopens.poll()) {
      asked.add(one);
    }
    long now = System.nanoTime();
    if (asked.isEmpty() && !(reopenWanted && now - reopenTried >= REOPEN_NANOS)) {
      return;
    }
    reopenTried = now;
    try {
      sink.reopen();
      reopenWanted = false;
      if (reopenFailed) {
        reopenFailed = false;
        LOG.info("log: opened; lines are written again where log.access says");
      }
      asked.forEach(one -> one.complete(null));
    } catch (IOException | RuntimeException failure) {
      reopenWanted = true;
      reopenFailures = reopenFailures + 1;
      if (!reopenFailed || !asked.isEmpty()) {
        LOG.error(
            "log: cannot be opened, what was open before is still written to; tried again every second: {}",
            failure.getMessage());
      }
      reopenFailed = true;
      asked.forEach(one -> one.completeExceptionally(failure));
    }
  }

  private void flush() {
    for (LogBuffer buffer : buffers) {
      // What waits now, not what comes meanwhile: chasing a busy worker would make many small
      // writes.
      long left = buffer.waiting();
      while (left > 0) {
        chunk.clear();
        left -= buffer.take(chunk);
        write(chunk.flip());
      }
      buffer.releaseIfRetired();
    }
    lastFlushNanos = System.nanoTime();
  }

  private static int lines(ByteBuffer bytes) {
    int lines = 0;
    for (int i = bytes.position(); i < bytes.limit(); i++) {
      if (bytes.get(i) == '\n') {
        lines++;
      }
    }
    return lines;
  }

  private void write(ByteBuffer lines) {
    long start = System.nanoTime();
    int length = lines.remaining();
    try {
      sink.write(lines);
    } catch (IOException | RuntimeException failure) {
      // Whatever it is: the next lines still need this thread.
      failures = failures + 1;
      lost = lost + lines(lines);
      if (start - lastComplaint >= COMPLAIN_NANOS) {
        lastComplaint = start;
        LOG.error(
            "log: {} bytes of lines are lost: {}",
            lines.remaining(),
            failure instanceof IOException ? failure.getMessage() : failure.toString());
      }
    }
    flushes = flushes + 1;
    bytes = bytes + (length - lines.remaining());
    flushNanos = flushNanos + (System.nanoTime() - start);
  }
}
