package io.terminator.core.worker;

import io.terminator.core.observe.Tally;
import io.terminator.core.observe.WorkerCount;
import io.terminator.core.phase.Phase;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts exceptions that no phase expected, and logs each site's stack at most once a minute. Worker thread only. */
public final class FaultLog {
  private static final Logger LOG = LoggerFactory.getLogger(FaultLog.class);
  private static final long QUIET_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final Tally<WorkerCount> counts;

  /** Sites are places in our code: a bounded set. */
  private final Map<String, Long> lastLogged = new HashMap<>();

  FaultLog(Tally<WorkerCount> counts) {
    this.counts = counts;
  }

  public void report(long connection, Phase phase, Throwable fault) {
    report("connection=" + Long.toHexString(connection) + " phase=" + phase.label(), fault);
  }

  /** Where no connection is to blame; {@code where} says what was going on. */
  public void report(String where, Throwable fault) {
    counts.add(WorkerCount.INTERNAL_ERRORS);
    StackTraceElement[] stack = fault.getStackTrace();
    String site = fault.getClass().getName() + (stack.length == 0 ? "" : "@" + stack[0]);
    long now = System.nanoTime();
    Long last = lastLogged.get(site);
    if (last == null || now - last > QUIET_NANOS) {
      lastLogged.put(site, now);
      LOG.error(
          "{} reason=internal: unexpected exception; further ones from this site are"
              + " suppressed for one minute",
          where,
          fault);
    }
  }
}
