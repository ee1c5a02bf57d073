package io.terminator.load.measure;

import java.util.List;
import java.util.Map;

/**
 * The result of one target in one round of one phase. {@code figure} is the phase's value by which
 * targets are compared (lower is better); {@code details} are further values. Void if there is any
 * problem.
 */
public record Sample(
    String phase,
    String target,
    int round,
    double figure,
    Map<String, Double> details,
    List<String> problems) {

  public Sample {
    details = Map.copyOf(details);
    problems = List.copyOf(problems);
  }

  /** A sample that could not be taken. */
  public static Sample failed(String phase, String target, int round, String problem) {
    return new Sample(phase, target, round, Double.NaN, Map.of(), List.of(problem));
  }

  public boolean isVoid() {
    return !problems.isEmpty();
  }
}
