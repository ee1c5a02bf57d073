package io.terminator.core.route;

import io.terminator.core.setting.Endpoint;
import java.time.Duration;

/**
 * One server of a backend. A {@code backup} gets connections only while no other server may get
 * them. {@code mostConnections} zero means no limit. After recovery the server's share grows to its
 * full weight over {@code slowStart}.
 */
public record ServerConfig(
    Endpoint address, int weight, boolean backup, int mostConnections, Duration slowStart) {
  public static final int DEFAULT_WEIGHT = 1;

  public ServerConfig(Endpoint address, int weight, boolean backup) {
    this(address, weight, backup, 0, Duration.ZERO);
  }

  /** A server with default settings. */
  public static ServerConfig at(Endpoint address) {
    return new ServerConfig(address, DEFAULT_WEIGHT, false);
  }
}
