package io.terminator.admin.acme;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** What has become of the orders of this process. Any thread. */
public final class AcmeCounters {
  private final LongAdder issued = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final Map<String, LongAdder> failures = new ConcurrentHashMap<>();

  void issued() {
    issued.increment();
  }

  /** {@code type} is one of {@link Faults#all}. */
  void failed(String type) {
    failed.increment();
    failures.computeIfAbsent(type, unknown -> new LongAdder()).increment();
  }

  public long issuedTotal() {
    return issued.sum();
  }

  public long failedTotal() {
    return failed.sum();
  }

  /** Failures by problem type, for the types that have occurred. */
  public Map<String, Long> failures() {
    Map<String, Long> counts = new TreeMap<>();
    failures.forEach((type, count) -> counts.put(type, count.sum()));
    return counts;
  }
}
