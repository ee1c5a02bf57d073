package io.terminator.load.bench;

import io.terminator.load.measure.Sample;
import io.terminator.load.subject.Setup;
import io.terminator.load.subject.Target;
import java.io.IOException;

/** One kind of work that all targets do in turn. */
interface Phase {
  /** As on the command line. */
  String name();

  /** What the figure is counted in. */
  String unit();

  /** One sentence: the work and the meaning of the result. */
  String description();

  /** What the targets are to do. */
  default Setup.Kind kind() {
    return Setup.Kind.TLS;
  }

  /** With how many workers. */
  default int workers() {
    return 1;
  }

  /** Part of a run unless phases were named. */
  boolean isDefault();

  /** Does the same work without measuring it, for the time in {@code plan}. */
  void warmUp(Bed bed, Target target, Plan plan) throws IOException;

  /** Does the work once. */
  Sample measure(Bed bed, Target target, int round, Plan plan) throws IOException;
}
