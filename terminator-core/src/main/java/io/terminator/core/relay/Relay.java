package io.terminator.core.relay;

import io.terminator.core.connect.Connected;
import io.terminator.core.flow.Connection;
import io.terminator.core.phase.Phase;
import java.util.function.Consumer;

/** Moves bytes both ways until both directions are over. Immutable, any worker; each connection gets a {@link RelayRun}. */
public final class Relay {
  private final RelayConfig config;

  public Relay(RelayConfig config) {
    this.config = config;
  }

  public void run(Connected connected, Consumer<Relayed> next) {
    Connection connection = connected.connection();
    connection.enter(Phase.RELAY);
    new RelayRun(config, connected, next).begin();
  }
}
