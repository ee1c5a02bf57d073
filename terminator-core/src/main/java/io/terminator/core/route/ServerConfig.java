package io.terminator.core.route;

import io.terminator.core.setting.Endpoint;
import java.time.Duration;

/**
 * One server of a backend. A {@code backup} gets clients only while no other server may. {@code mostConnections} zero means
 * any number. After it came back its share grows from little to whole within {@code slowStart}.
 */
public record ServerConfig(
    Endpoint address, int weight, boolean backup, int mostConnections, Duration slowStart) {
  public static final int DEFAULT_WEIGHT = 1;

  public ServerConfig(Endpoint address, int weight, boolean backup) {
    this(address, weight, backup, 0, Duration.ZERO);
  }

  /** With nothing said about it. */
  public static ServerConfig at(Endpoint address) {
    return new ServerConfig(address, DEFAULT_WEIGHT, false);
  }
}
