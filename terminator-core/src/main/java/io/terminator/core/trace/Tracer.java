package io.terminator.core.trace;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Decides which traces begin here and collects the spans of all workers for one thread that takes
 * them.
 */
public final class Tracer {
  private final long mostLow;
  private final boolean anyParent;
  private final List<SpanRing> rings = new CopyOnWriteArrayList<>();
  private final AtomicLong droppedBefore = new AtomicLong();

  /** Of the taking thread alone. */
  private int first;

  /**
   * {@code ratio}, 0 to 1, of the traces that begin here are sampled. With {@code anyParent} every
   * client may join its trace, else only trusted proxies.
   */
  public Tracer(double ratio, boolean anyParent) {
    this.mostLow = (long) (ratio * Long.MAX_VALUE);
    this.anyParent = anyParent;
  }

  /**
   * By the lower half of the id, as the samplers of OpenTelemetry do: processes with the same ratio
   * sample the same traces. Any thread.
   */
  public boolean samples(long traceLow) {
    return (traceLow & Long.MAX_VALUE) < mostLow;
  }

  public boolean isAnyParent() {
    return anyParent;
  }

  /** For the spans of one worker. Any thread. */
  public SpanRing newRing() {
    SpanRing made = new SpanRing();
    rings.add(made);
    return made;
  }

  /** The worker of {@code ring} has ended; what is in it can still be taken. Any thread. */
  public void retire(SpanRing ring) {
    ring.toEnded();
  }

  /** Moves up to {@code most} spans into {@code into}. One thread. */
  public void takeInto(List<Span> into, int most) {
    List<SpanRing> all = List.copyOf(rings);
    // Another one first each time: a busy worker must not keep the others waiting.
    first++;
    for (int i = 0; i < all.size(); i++) {
      SpanRing ring = all.get(Math.floorMod(first + i, all.size()));
      boolean ended = ring.isEnded();
      Span span = null;
      while (into.size() < most && (span = ring.take()) != null) {
        into.add(span);
      }
      if (ended && span == null && into.size() < most) {
        rings.remove(ring);
        droppedBefore.addAndGet(ring.dropped());
      }
    }
  }

  /** How many spans found their ring full. Any thread. */
  public long dropped() {
    long sum = droppedBefore.get();
    for (SpanRing ring : rings) {
      sum += ring.dropped();
    }
    return sum;
  }
}
