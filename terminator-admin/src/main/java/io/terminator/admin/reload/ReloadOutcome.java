package io.terminator.admin.reload;

import io.terminator.admin.config.format.Problem;
import io.terminator.admin.config.format.WrittenSettings.Difference;
import java.util.List;

/**
 * The outcome of a reload or of a check. {@code changes} are by path and as written; {@code
 * atNextStart} names sections that take effect only at the next start.
 */
public record ReloadOutcome(
    Result result,
    List<Problem> problems,
    List<Problem> warnings,
    List<Difference> changes,
    List<String> atNextStart) {
  public ReloadOutcome {
    problems = List.copyOf(problems);
    warnings = List.copyOf(warnings);
    changes = List.copyOf(changes);
    atNextStart = List.copyOf(atNextStart);
  }

  /** The results as named in metrics and the API. */
  public enum Result {
    /** Of a check: a reload would be applied. The API says {@code valid}. */
    APPLIED,
    UNCHANGED,
    REFUSED;

    public String label() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  public static ReloadOutcome refused(List<Problem> problems, List<Problem> warnings) {
    return new ReloadOutcome(Result.REFUSED, problems, warnings, List.of(), List.of());
  }
}
