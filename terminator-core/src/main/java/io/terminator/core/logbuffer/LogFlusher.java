package io.terminator.core.logbuffer;

import io.terminator.core.file.FileFailure;
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
 * The single thread that writes log lines. It flushes the buffers of all workers at every interval,
 * or as soon as one is half full. A sink that stalls blocks only this thread; the buffers then fill
 * up and count the lines that they drop.
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
  // Used only by the flusher's thread: a failed reopen is retried.
  private boolean reopenWanted = true;
  private boolean reopenFailed;
  private long reopenTried = System.nanoTime() - REOPEN_NANOS;
  private long lastComplaint = System.nanoTime() - COMPLAIN_NANOS;

  /** {@code capacity} is the size of each buffer in bytes. */
  public LogFlusher(LogSink sink, Duration interval, int capacity) {
    this.sink = sink;
    this.intervalNanos = interval.toNanos();
    this.capacity = capacity;
    thread = new Thread(this::run, "log-flusher");
    thread.setDaemon(true);
    thread.start();
  }

  /** Creates a buffer for one worker, which is flushed from now on. */
  public LogBuffer newBuffer() {
    LogBuffer buffer = new LogBuffer(capacity, this::hurry);
    buffers.add(buffer);
    return buffer;
  }

  /**
   * The worker of {@code buffer} has ended: the buffer is freed once its lines are written, and its
   * counts are kept.
   */
  public void retire(LogBuffer buffer) {
    buffer.retire();
    hurry();
  }

  /**
   * Reopens the sink on the flusher's thread. The exception of a failed result is meant for the
   * operator. Until the reopen succeeds, lines go to the previous target, and the reopen is retried
   * every second.
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

  /** Failed writes; their lines count as dropped. */
  public long failures() {
    return failures;
  }

  /** Failed attempts to open or reopen the sink. */
  public long reopenFailures() {
    return reopenFailures;
  }

  /** Total time spent in the sink. */
  public long flushNanos() {
    return flushNanos;
  }

  /**
   * Nanoseconds since the last flush ended. A value far above the interval means that the sink
   * stalls.
   */
  public long lagNanos() {
    return System.nanoTime() - lastFlushNanos;
  }

  /** Over all buffers, including those of ended workers. */
  public long entries() {
    return buffers.stream().mapToLong(LogBuffer::entries).sum();
  }

  /** Dropped lines: the buffer was full, or the sink failed. */
  public long dropped() {
    return lost + buffers.stream().mapToLong(LogBuffer::dropped).sum();
  }

  public long waiting() {
    return buffers.stream().mapToLong(LogBuffer::waiting).sum();
  }

  /** Writes the waiting lines, then ends. Gives up on a stalled sink after two seconds. */
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
    // The workers have ended by now, so the loop ends.
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
            words(failure));
      }
      reopenFailed = true;
      asked.forEach(one -> one.completeExceptionally(failure));
    }
  }

  private void flush() {
    for (LogBuffer buffer : buffers) {
      // Only the lines that wait now: following a busy worker would cause many small writes.
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

  /** The stack of a fault in a sink is at level debug: this may be told again every few seconds. */
  private static String words(Exception failure) {
    if (failure instanceof IOException) {
      return FileFailure.words(failure);
    }
    LOG.debug("log: the sink failed", failure);
    return "an internal error; run with --debug and report the stack";
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
      // Any exception: the next lines still need this thread.
      failures = failures + 1;
      lost = lost + lines(lines);
      if (start - lastComplaint >= COMPLAIN_NANOS) {
        lastComplaint = start;
        LOG.error("log: {} bytes of lines are lost: {}", lines.remaining(), words(failure));
      }
    }
    flushes = flushes + 1;
    bytes = bytes + (length - lines.remaining());
    flushNanos = flushNanos + (System.nanoTime() - start);
  }
}
