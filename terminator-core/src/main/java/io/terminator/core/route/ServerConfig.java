package io.terminator.core.route;

import io.terminator.core.setting.Endpoint;

/** One server of a backend. A {@code backup} gets clients only while no other server may. */
public record ServerConfig(Endpoint address, int weight, boolean backup) {
  public static final int DEFAULT_WEIGHT = 1;

  /** With nothing said about it. */
  public static ServerConfig at(Endpoint address) {
    return new ServerConfig(address, DEFAULT_WEIGHT, false);
  }
}
