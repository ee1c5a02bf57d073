package io.terminator.admin.config;

import io.terminator.admin.config.format.Problem;
import java.util.List;
import java.util.stream.Collectors;

/**
 * All problems that make a file unusable, in the order of the file. The message has one line per
 * problem.
 */
public final class ConfigProblems extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient List<Problem> problems;
  private final transient List<Problem> warnings;

  ConfigProblems(List<Problem> problems, List<Problem> warnings) {
    super(problems.stream().map(Problem::toString).collect(Collectors.joining("\n")));
    this.problems = List.copyOf(problems);
    this.warnings = List.copyOf(warnings);
  }

  public List<Problem> problems() {
    return problems;
  }

  public List<Problem> warnings() {
    return warnings;
  }
}
