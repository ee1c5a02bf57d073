package io.terminator.core.observe;

import java.util.List;

/** What a counter counts, said by the enum of the package that counts it: all that its export needs. Immutable. */
public interface Counted {
  /** The family's name, without the prefix of all metrics and without {@code _total}. */
  String metric();

  /** The family's help, the same for all constants with the same {@link #metric}. */
  String help();

  /** Name, value, name, value; from closed sets. */
  default List<String> labels() {
    return List.of();
  }

  /** A value that can fall; anything else is a counter. */
  default boolean isGauge() {
    return false;
  }
}
