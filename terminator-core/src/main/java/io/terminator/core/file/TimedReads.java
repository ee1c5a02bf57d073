package io.terminator.core.file;

import io.terminator.core.file.UnfitFileException.Fault;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Reads on other threads, so that the caller can stop waiting. An open or a read that blocks in the
 * kernel cannot be interrupted: its thread is abandoned, counted against the limit, and available
 * again when the kernel returns. Any thread.
 */
final class TimedReads {
  private final Duration longest;
  private final int most;
  private final Semaphore free;
  private final ThreadPoolExecutor threads;

  TimedReads(Duration longest, int most) {
    this.longest = longest;
    this.most = most;
    this.free = new Semaphore(most);
    this.threads =
        new ThreadPoolExecutor(
            0,
            // The permits are the limit; a thread whose permit has been released may not be back at
            // the queue yet.
            Integer.MAX_VALUE,
            10,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            task -> {
              Thread thread = new Thread(task, "file-read");
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * Returns the result of {@code read}; each step of it restarts the time limit. The exception for
   * a timeout names {@code file}.
   */
  <T> T run(Path file, BoundedFile.Walk<T> read) throws IOException {
    AtomicLong begun = new AtomicLong(System.nanoTime());
    try {
      if (!free.tryAcquire(longest.toNanos(), TimeUnit.NANOSECONDS)) {
        throw new UnfitFileException(
            file,
            Fault.TOO_SLOW,
            "cannot be read: " + most + " other reads have not come back from the file system");
      }
      Future<T> result =
          threads.submit(
              () -> {
                try {
                  return read.run(() -> begun.set(System.nanoTime()));
                } finally {
                  free.release();
                }
              });
      return await(file, result, begun);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while reading " + file);
    } catch (ExecutionException failed) {
      Throwable cause = failed.getCause();
      if (cause instanceof IOException unreadable) {
        throw unreadable;
      }
      if (cause instanceof RuntimeException refused) {
        throw refused;
      }
      throw new IOException(String.valueOf(cause), cause);
    }
  }

  private <T> T await(Path file, Future<T> result, AtomicLong begun)
      throws IOException, InterruptedException, ExecutionException {
    while (true) {
      long left = begun.get() + longest.toNanos() - System.nanoTime();
      try {
        return result.get(Math.max(left, 0), TimeUnit.NANOSECONDS);
      } catch (TimeoutException late) {
        if (begun.get() + longest.toNanos() - System.nanoTime() <= 0) {
          throw new UnfitFileException(
              file, Fault.TOO_SLOW, "did not answer within " + longest.toMillis() / 1000.0 + " s");
        }
      }
    }
  }
}
