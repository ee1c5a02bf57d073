package io.terminator.core.observe;

import java.util.List;

/**
 * The description of a counter, implemented by the enum of the package that counts: everything that
 * its export needs. Immutable.
 */
public interface Counted {
  /** The name of the metric family, without the common prefix and without {@code _total}. */
  String metric();

  /** The help text of the family, the same for all constants with the same {@link #metric}. */
  String help();

  /** Alternating names and values, from closed sets. */
  default List<String> labels() {
    return List.of();
  }

  /** True if the value can decrease (a gauge); otherwise it is a counter. */
  default boolean isGauge() {
    return false;
  }
}
