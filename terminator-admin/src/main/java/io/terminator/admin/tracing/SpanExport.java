package io.terminator.admin.tracing;

import io.terminator.core.observe.Counted;
import io.terminator.core.observe.CounterSource;
import io.terminator.core.trace.Span;
import io.terminator.core.trace.Tracer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ObjLongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the spans of the workers and sends them, on a thread of its own. While the endpoint does
 * not answer, the workers' memory for spans fills up and further spans are dropped; nothing waits.
 * Any thread.
 */
public final class SpanExport implements CounterSource, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SpanExport.class);
  private static final int MOST_AT_ONCE = 512;
  private static final long PAUSE_MILLIS = 500;
  private static final Duration QUIET = Duration.ofMinutes(1);
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  private final TracingConfig config;
  private final Tracer tracer;
  private final OtlpSender sender;
  private final AtomicLong exported = new AtomicLong();
  private final AtomicLong failed = new AtomicLong();
  private final CountDownLatch ended = new CountDownLatch(1);
  private final Thread thread = new Thread(this::run, "traces");
  private long lastWarning;
  private boolean hasWarned;

  private SpanExport(TracingConfig config, OtlpSender sender) {
    this.config = config;
    this.sender = sender;
    this.tracer = new Tracer(config.ratio(), config.parents() == TracingConfig.Parents.ANY);
    thread.setDaemon(true);
    thread.start();
  }

  /** Begins. Throws if a file of {@code config} cannot be used. */
  public static SpanExport start(TracingConfig config, String version) throws IOException {
    return new SpanExport(config, new OtlpSender(config, version));
  }

  /** Where the workers leave their spans. */
  public Tracer tracer() {
    return tracer;
  }

  private void run() {
    try {
      while (!ended.await(sendOnce() ? 0 : PAUSE_MILLIS, TimeUnit.MILLISECONDS)) {
        // Until the end.
      }
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    }
  }

  /** True if there may be more. */
  private boolean sendOnce() {
    List<Span> batch = new ArrayList<>();
    tracer.takeInto(batch, MOST_AT_ONCE);
    if (batch.isEmpty()) {
      return false;
    }
    String problem;
    try {
      problem = sender.send(batch);
    } catch (RuntimeException fault) {
      problem = fault.toString();
    }
    if (problem == null) {
      exported.addAndGet(batch.size());
    } else {
      failed.addAndGet(batch.size());
      warn(problem);
    }
    return batch.size() == MOST_AT_ONCE;
  }

  private void warn(String problem) {
    long now = System.nanoTime();
    if (!hasWarned || now - lastWarning >= QUIET.toNanos()) {
      hasWarned = true;
      lastWarning = now;
      LOG.warn(
          "tracing: {} spans were not exported so far; {}: {}. Expected a receiver of OTLP over HTTP"
              + " at tracing.endpoint",
          failed.get(),
          config.endpoint(),
          problem);
    }
  }

  @Override
  public void forEach(ObjLongConsumer<Counted> reader) {
    reader.accept(SpanCount.EXPORTED, exported.get());
    reader.accept(SpanCount.FAILED, failed.get());
    reader.accept(SpanCount.DROPPED, tracer.dropped());
  }

  /** Sends what is there, for a limited time. */
  @Override
  public void close() {
    ended.countDown();
    try {
      thread.join(PATIENCE.toMillis());
      if (!thread.isAlive()) {
        sendOnce();
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    sender.close();
  }
}
