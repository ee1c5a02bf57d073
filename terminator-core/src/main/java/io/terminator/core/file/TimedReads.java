package io.terminator.core.file;

import io.terminator.core.file.UnfitFileException.Fault;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

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

  /** Returns the result of {@code read}; the exception for a timeout names {@code file}. */
  byte[] run(Path file, Callable<byte[]> read) throws IOException {
    long deadline = System.nanoTime() + longest.toNanos();
    try {
      if (!free.tryAcquire(longest.toNanos(), TimeUnit.NANOSECONDS)) {
        throw new UnfitFileException(
            file,
            Fault.TOO_SLOW,
            "cannot be read: " + most + " other reads have not come back from the file system");
      }
      Future<byte[]> result =
          threads.submit(
              () -> {
                try {
                  return read.call();
                } finally {
                  free.release();
                }
              });
      return result.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException late) {
      throw new UnfitFileException(
          file, Fault.TOO_SLOW, "could not be read within " + longest.toMillis() / 1000.0 + " s");
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
}
