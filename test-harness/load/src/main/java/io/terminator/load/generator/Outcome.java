package io.terminator.load.generator;

import java.util.List;

/**
 * The result of one load run. It is valid only if {@link #problems} is empty: every answer was
 * complete, and every byte was compared.
 */
public record Outcome(
    long exchanges,
    long handshakes,
    long resumed,
    long bytesChecked,
    long unclean,
    double seconds,
    Latencies latencies,
    List<String> problems) {

  public Outcome {
    problems = List.copyOf(problems);
  }
}
