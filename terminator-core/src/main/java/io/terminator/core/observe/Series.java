package io.terminator.core.observe;

import java.util.ArrayList;
import java.util.List;

/**
 * What a counter is exported as. {@code metric} is the name of its family, without the common
 * prefix and without {@code _total}; {@code help} is the same for all series of a family; {@code
 * labels} are alternating names and values, from closed sets. A gauge can decrease. Immutable.
 */
public record Series(String metric, String help, boolean isGauge, List<String> labels) {
  public Series {
    labels = List.copyOf(labels);
  }

  public static Series counter(String metric, String help) {
    return new Series(metric, help, false, List.of());
  }

  public static Series gauge(String metric, String help) {
    return new Series(metric, help, true, List.of());
  }

  /** The series of the same family with one more label. */
  public Series with(String label, String value) {
    List<String> more = new ArrayList<>(labels);
    more.add(label);
    more.add(value);
    return new Series(metric, help, isGauge, more);
  }
}
