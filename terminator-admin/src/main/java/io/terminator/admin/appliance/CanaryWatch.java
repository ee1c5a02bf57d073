package io.terminator.admin.appliance;

import io.terminator.tls.report.CanaryReport;
import io.terminator.tls.report.CanaryReport.Stage;
import io.terminator.tls.report.CanaryReport.Totals;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Finds canaries that fail more often than the stable stage, since their start or within the last
 * minute. Called every second, by one thread.
 */
final class CanaryWatch {
  private static final int WINDOW = 60;

  private final Map<CanaryReport, Deque<Totals>> history = new IdentityHashMap<>();
  private final Undo undo;

  /** Undoes a canary; {@code why} is a sentence. */
  interface Undo {
    void undo(CanaryReport canary, String why);
  }

  CanaryWatch(Undo undo) {
    this.undo = undo;
  }

  void look(List<CanaryReport> canaries) {
    history.keySet().retainAll(canaries);
    for (CanaryReport canary : canaries) {
      Totals now = canary.totals();
      Deque<Totals> past = history.computeIfAbsent(canary, absent -> new ArrayDeque<>());
      Totals before = past.peekFirst();
      if (isBad(canary, now)) {
        undo.undo(canary, why(canary, now, "since its start"));
      } else if (before != null && isBad(canary, now.minus(before))) {
        undo.undo(canary, why(canary, now.minus(before), "within a minute"));
      }
      past.addLast(now);
      if (past.size() > WINDOW) {
        past.removeFirst();
      }
    }
  }

  private static boolean isBad(CanaryReport canary, Totals counted) {
    return counted.canary().handshakes() >= canary.config().minHandshakes()
        && counted.canary().failurePercent() - counted.stable().failurePercent()
            > canary.config().maxFailures();
  }

  private static String why(CanaryReport canary, Totals counted, String when) {
    return words(counted.canary())
        + " handshakes of the canary failed "
        + when
        + ", and "
        + words(counted.stable())
        + " of the other clients; the limit is a difference of "
        + canary.config().maxFailures()
        + " %";
  }

  private static String words(Stage stage) {
    return stage.failed()
        + " of "
        + stage.handshakes()
        + String.format(Locale.ROOT, " (%.1f %%)", stage.failurePercent());
  }
}
