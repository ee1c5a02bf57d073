package io.terminator.core.trace;

import java.util.concurrent.ThreadLocalRandom;

/**
 * The identity of a span (W3C Trace Context): the trace in two halves, the span, and its parent in
 * that trace, which is 0 for the first span of a trace. Immutable.
 */
public record SpanIds(long traceHigh, long traceLow, long span, long parent) {
  /** The first span of a new trace. */
  public static SpanIds root() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    return new SpanIds(random.nextLong(), nonZero(random), nonZero(random), 0);
  }

  /** A span below {@code parent}. */
  public static SpanIds below(long traceHigh, long traceLow, long parent) {
    return new SpanIds(traceHigh, traceLow, nonZero(ThreadLocalRandom.current()), parent);
  }

  /** An id of zeros only is invalid. */
  private static long nonZero(ThreadLocalRandom random) {
    long id = random.nextLong();
    return id == 0 ? 1 : id;
  }
}
