package io.terminator.core.file;

import io.terminator.core.file.UnfitFileException.Fault;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * File operations on other threads, so that the caller can stop waiting. A system call that blocks
 * in the kernel cannot be interrupted: its thread is abandoned, counted against the limit, and
 * available again when the kernel returns. Any thread.
 */
final class TimedOperations {
  /** In place of the time of the last step: the caller no longer waits. */
  private static final long ABANDONED = Long.MIN_VALUE;

  private static final long ENDED = Long.MIN_VALUE + 1;

  private final Duration longest;
  private final int mostAbandoned;
  private final Semaphore free;
  private final Set<Path> abandoned = ConcurrentHashMap.newKeySet();
  private final ThreadPoolExecutor threads;

  /**
   * At most {@code most} operations run at once. Further ones fail at once while {@code
   * mostAbandoned} places have an operation that has exceeded its time, or while their own place or
   * a directory above it has one.
   */
  TimedOperations(Duration longest, int most, int mostAbandoned) {
    this.longest = longest;
    this.mostAbandoned = mostAbandoned;
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
              Thread thread = new Thread(task, "file-operation");
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * Returns the result of {@code operation}; each step of it restarts the time limit. The exception
   * for a timeout names {@code file}. After a timeout, the next step throws {@link
   * CancellationException} in the operation.
   */
  <T> T run(Path file, BoundedFile.Walk<T> operation) throws IOException {
    AtomicLong begun = new AtomicLong();
    try {
      Path place = file.toAbsolutePath();
      if (isStuck(place) || !free.tryAcquire(longest.toNanos(), TimeUnit.NANOSECONDS)) {
        throw late(file, ": an earlier operation has not come back from the file system");
      }
      begun.set(System.nanoTime());
      Future<T> result =
          threads.submit(
              () -> {
                try {
                  return operation.run(() -> step(begun));
                } finally {
                  // Ended: a caller that finds the time exceeded now does not count it as
                  // abandoned.
                  if (begun.getAndSet(ENDED) == ABANDONED) {
                    abandoned.remove(place);
                  }
                  free.release();
                }
              });
      return await(file, place, result, begun);
    } catch (InterruptedException interrupted) {
      begun.updateAndGet(last -> last == ENDED ? ENDED : ABANDONED);
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for " + file);
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

  private static void step(AtomicLong begun) {
    long last = begun.get();
    while (last != ABANDONED) {
      if (begun.compareAndSet(last, System.nanoTime())) {
        return;
      }
      last = begun.get();
    }
    throw new CancellationException("the time limit is exceeded");
  }

  private <T> T await(Path file, Path place, Future<T> result, AtomicLong begun)
      throws IOException, InterruptedException, ExecutionException {
    while (true) {
      long last = begun.get();
      if (last == ENDED) {
        return result.get();
      }
      long left = last + longest.toNanos() - System.nanoTime();
      try {
        return result.get(Math.max(left, 0), TimeUnit.NANOSECONDS);
      } catch (TimeoutException late) {
        // Before the exchange: the operation may end and remove itself immediately after it.
        boolean isFirst = left <= 0 && abandoned.add(place);
        if (left <= 0 && begun.compareAndSet(last, ABANDONED)) {
          throw late(file, "");
        }
        if (isFirst) {
          abandoned.remove(place);
        }
      }
    }
  }

  /**
   * Whether an operation on {@code place} or a directory above it is abandoned: another one would
   * wait too, and take one more thread.
   */
  private boolean isStuck(Path place) {
    if (abandoned.size() >= mostAbandoned) {
      return true;
    }
    for (Path at = place; at != null && !abandoned.isEmpty(); at = at.getParent()) {
      if (abandoned.contains(at)) {
        return true;
      }
    }
    return false;
  }

  private UnfitFileException late(Path file, String detail) {
    return new UnfitFileException(
        file,
        Fault.TOO_SLOW,
        "did not answer within " + longest.toMillis() / 1000.0 + " s" + detail);
  }
}
