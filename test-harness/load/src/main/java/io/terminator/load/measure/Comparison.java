package io.terminator.load.measure;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;

/** The samples of one phase by target, and their comparison. */
public final class Comparison {
  private final List<Sample> samples;

  public Comparison(List<Sample> samples) {
    this.samples = List.copyOf(samples);
  }

  /** In the order of their first samples. */
  public List<String> targets() {
    return samples.stream().map(Sample::target).distinct().toList();
  }

  /** Empty if one of the target's rounds was void, since an incomplete result is not a result. */
  public Optional<Spread> figure(String target) {
    if (problems(target).isEmpty()) {
      return spread(samplesOf(target).stream().map(Sample::figure).toList());
    }
    return Optional.empty();
  }

  /** As {@link #figure}, for another measured value; also empty if it was not measured. */
  public Optional<Spread> detail(String target, String name) {
    if (!problems(target).isEmpty()) {
      return Optional.empty();
    }
    List<Double> values = new ArrayList<>();
    for (Sample sample : samplesOf(target)) {
      Double value = sample.details().get(name);
      if (value != null) {
        values.add(value);
      }
    }
    return spread(values);
  }

  /** The target with the lowest median among those that {@code peers} accepts. */
  public Optional<String> best(Predicate<String> peers) {
    return targets().stream()
        .filter(peers)
        .filter(target -> figure(target).isPresent())
        .min(Comparator.comparingDouble(target -> figure(target).orElseThrow().median()));
  }

  /** The median of {@code target} divided by the median of {@code other}; below 1 means cheaper. */
  public Optional<Double> ratio(String target, String other) {
    Optional<Spread> own = figure(target);
    Optional<Spread> theirs = figure(other);
    if (own.isEmpty() || theirs.isEmpty() || theirs.get().median() == 0) {
      return Optional.empty();
    }
    return Optional.of(own.get().median() / theirs.get().median());
  }

  /**
   * The median of the rounds' ratios, which a drift of the machine between rounds does not affect.
   */
  public Optional<Spread> pairedRatio(String target, String other) {
    if (figure(target).isEmpty() || figure(other).isEmpty()) {
      return Optional.empty();
    }
    TreeMap<Integer, Double> theirs = new TreeMap<>();
    samplesOf(other).forEach(sample -> theirs.put(sample.round(), sample.figure()));
    List<Double> ratios = new ArrayList<>();
    for (Sample sample : samplesOf(target)) {
      Double beside = theirs.get(sample.round());
      if (beside != null && beside > 0) {
        ratios.add(sample.figure() / beside);
      }
    }
    return spread(ratios);
  }

  /** The reason why the target's result is void; empty if it is valid. */
  public List<String> problems(String target) {
    return samplesOf(target).stream()
        .flatMap(sample -> sample.problems().stream())
        .distinct()
        .toList();
  }

  private List<Sample> samplesOf(String target) {
    return samples.stream().filter(sample -> sample.target().equals(target)).toList();
  }

  private static Optional<Spread> spread(List<Double> values) {
    return values.isEmpty() ? Optional.empty() : Optional.of(Spread.of(values));
  }
}
