package io.terminator.load.generator;

import java.util.List;

/**
 * The result of one run of load. It counts only when {@link #problems} is empty: every answer came
 * whole and every byte of it was compared.
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
