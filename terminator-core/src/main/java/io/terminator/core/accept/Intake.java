package io.terminator.core.accept;

import io.terminator.core.flow.Connection;

/** Takes the connections of a listener, each on its worker, and ends them. */
public interface Intake extends Connection.Ending {
  void accept(Accepted accepted);
}
