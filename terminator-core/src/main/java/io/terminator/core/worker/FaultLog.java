package io.terminator.core.worker;

import io.terminator.core.observe.CounterSet;
import io.terminator.core.observe.Diagnostics;
import io.terminator.core.observe.WorkerCount;
import io.terminator.core.phase.Phase;
import java.time.Duration;

/**
 * Counts exceptions that no phase expects, and logs the stack trace of each site at most once per
 * minute. Worker thread only.
 */
public final class FaultLog {
  private static final Duration QUIET = Duration.ofMinutes(1);

  private final CounterSet<WorkerCount> counts;
  private final Diagnostics diagnostics;

  FaultLog(CounterSet<WorkerCount> counts, Diagnostics diagnostics) {
    this.counts = counts;
    this.diagnostics = diagnostics;
  }

  public void report(long connection, Phase phase, Throwable fault) {
    report("connection=" + Long.toHexString(connection) + " phase=" + phase.label(), fault);
  }

  /** For faults without a connection to blame; {@code where} describes the operation. */
  public void report(String where, Throwable fault) {
    counts.add(WorkerCount.INTERNAL_ERRORS);
    StackTraceElement[] stack = fault.getStackTrace();
    String site = fault.getClass().getName() + (stack.length == 0 ? "" : "@" + stack[0]);
    diagnostics.error(
        site,
        QUIET,
        () ->
            where
                + " reason=internal: unexpected exception; further ones from this site are suppressed for one minute",
        fault);
  }
}
