package io.terminator.core.observe;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Messages from workers to the operator. They are kept in bounded memory and written by a separate
 * thread, so that a blocked standard error or a hanging disk stalls no connection. Messages that
 * find the memory full are counted and dropped. Each site, a place in the code with its subject, is
 * written at most once per interval; the next line states how many messages were suppressed. Any
 * thread, never waits for a write.
 */
public final class Diagnostics implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Diagnostics.class);
  private static final int MOST_WAITING = 256;
  private static final int MOST_SITES = 1024;
  private static final int LONGEST = 4096;
  private static final String ELSEWHERE = "elsewhere";
  private static final long NEVER = Long.MIN_VALUE;

  /** A separate thread that exists only while there is something to write. */
  private final ThreadPoolExecutor writer =
      new ThreadPoolExecutor(
          1,
          1,
          5,
          TimeUnit.SECONDS,
          new ArrayBlockingQueue<>(MOST_WAITING),
          task -> {
            Thread made = new Thread(task, "diagnostics");
            made.setDaemon(true);
            return made;
          });

  private final Map<String, Site> sites = new ConcurrentHashMap<>();
  private final AtomicLong dropped = new AtomicLong();

  /** When a site was last written, and how many of its messages have been suppressed since. */
  private static final class Site {
    private final AtomicLong last = new AtomicLong(NEVER);
    private final LongAdder leftOut = new LongAdder();

    /**
     * The number of messages suppressed since the last line; negative if this one is suppressed as
     * well.
     */
    long take(long now, long quietNanos) {
      long before = last.get();
      if (before != NEVER && now - before < quietNanos || !last.compareAndSet(before, now)) {
        leftOut.increment();
        return -1;
      }
      return leftOut.sumThenReset();
    }
  }

  public Diagnostics() {
    writer.allowCoreThreadTimeOut(true);
  }

  public void info(String site, Duration quiet, Supplier<String> message) {
    report(Level.INFO, site, quiet, message, null);
  }

  public void warn(String site, Duration quiet, Supplier<String> message) {
    report(Level.WARN, site, quiet, message, null);
  }

  public void error(String site, Duration quiet, Supplier<String> message) {
    report(Level.ERROR, site, quiet, message, null);
  }

  /** With the stack trace of {@code fault}. */
  public void error(String site, Duration quiet, Supplier<String> message, Throwable fault) {
    report(Level.ERROR, site, quiet, message, fault);
  }

  /** {@code message} is created only if it is written. */
  private void report(
      Level level,
      String site,
      Duration quiet,
      Supplier<String> message,
      @Nullable Throwable fault) {
    long leftOut = site(site).take(System.nanoTime(), quiet.toNanos());
    if (leftOut < 0) {
      return;
    }
    String whole = leftOut == 0 ? message.get() : message.get() + " (" + leftOut + " more)";
    String text = whole.length() > LONGEST ? whole.substring(0, LONGEST) : whole;
    try {
      writer.execute(() -> write(level, text, fault));
    } catch (RejectedExecutionException full) {
      dropped.incrementAndGet();
    }
  }

  private static void write(Level level, String text, @Nullable Throwable fault) {
    if (fault == null) {
      LOG.atLevel(level).log(text);
    } else {
      LOG.atLevel(level).setCause(fault).log(text);
    }
  }

  /**
   * Sites contain names of servers and certificates, so their number is not bounded: above the
   * limit they share one entry.
   */
  private Site site(String name) {
    Site there = sites.get(name);
    if (there != null) {
      return there;
    }
    return sites.computeIfAbsent(
        sites.size() < MOST_SITES ? name : ELSEWHERE, unused -> new Site());
  }

  /** The number of messages dropped for lack of room. */
  public long dropped() {
    return dropped.get();
  }

  /** Writes the waiting messages, for up to one second; later messages are dropped. */
  @Override
  public void close() {
    writer.shutdown();
    try {
      if (!writer.awaitTermination(1, TimeUnit.SECONDS)) {
        dropped.addAndGet(writer.shutdownNow().size());
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
