package io.terminator.admin.reload;

import io.terminator.admin.config.format.Problem;
import io.terminator.admin.config.format.WrittenSettings.Difference;
import io.terminator.core.setting.Quantity;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs the outcome of a reload. */
public final class ReloadLog {
  private static final Logger LOG = LoggerFactory.getLogger(ReloadLog.class);

  private ReloadLog() {}

  /** The reason for a refusal on one line, for readers without access to the log. */
  public static String refusal(ReloadOutcome outcome) {
    int more = outcome.problems().size() - 1;
    return "the reload was refused: "
        + (more < 0 ? "no reason is known" : outcome.problems().get(0))
        + (more > 0 ? " (and " + more + " more)" : "");
  }

  /** {@code by} names the initiator. */
  public static void write(String by, ReloadOutcome outcome) {
    for (Problem warning : outcome.warnings()) {
      LOG.warn("reload by={}: {}", by, warning);
    }
    for (Problem problem : outcome.problems()) {
      LOG.error("reload by={}: {}", by, problem);
    }
    switch (outcome.result()) {
      case REFUSED ->
          LOG.error(
              "reload by={}: rejected with {}; the previous configuration stays active",
              by,
              Quantity.of(outcome.problems().size(), "problem"));
      case UNCHANGED -> LOG.info("reload by={}: no changes", by);
      case APPLIED -> {
        LOG.info("reload by={}: applied", by);
        for (Difference change : outcome.changes()) {
          LOG.info("reload by={}: {}", by, change);
        }
      }
    }
    if (!outcome.atNextStart().isEmpty()) {
      LOG.warn(
          "reload by={}: changes in {} take effect at the next start",
          by,
          String.join(", ", outcome.atNextStart()));
    }
  }
}
