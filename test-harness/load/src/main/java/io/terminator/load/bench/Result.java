package io.terminator.load.bench;

import io.terminator.load.measure.Comparison;
import io.terminator.load.measure.Sample;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** All that a run measured, and where. */
record Result(
    Map<String, String> surroundings,
    Plan plan,
    List<Phase> phases,
    Set<String> peers,
    Map<String, String> negotiated,
    List<String> notes,
    List<Sample> samples) {

  /** The phases that have samples, in order. */
  Map<Phase, Comparison> comparisons() {
    Map<Phase, Comparison> comparisons = new LinkedHashMap<>();
    for (Phase phase : phases) {
      List<Sample> own =
          samples.stream().filter(sample -> sample.phase().equals(phase.name())).toList();
      if (!own.isEmpty()) {
        comparisons.put(phase, new Comparison(own));
      }
    }
    return comparisons;
  }

  boolean isPeer(String target) {
    return peers.contains(target);
  }

  /** A peer that anyone can install from Debian. */
  boolean isPackagedPeer(String target) {
    return isPeer(target) && !target.startsWith("haproxy3");
  }
}
