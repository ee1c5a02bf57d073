package io.terminator.core.relay;

import io.terminator.core.connect.Connected;
import io.terminator.core.flow.Next;

/**
 * Moves bytes both ways until both directions have ended. Immutable, any worker; each connection
 * gets a {@link RelayRun}.
 */
public final class Relay {
  private final RelayConfig config;

  public Relay(RelayConfig config) {
    this.config = config;
  }

  public void run(Connected connected, Next<Relayed> next) {
    new RelayRun(config, connected, next).begin();
  }
}
