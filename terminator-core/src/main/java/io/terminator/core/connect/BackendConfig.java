package io.terminator.core.connect;

import io.terminator.core.route.Balance;
import io.terminator.core.route.ServerConfig;
import java.util.List;

/** Servers that answer for one name. At least one server. */
public record BackendConfig(
    String name, List<ServerConfig> servers, Balance balance, ConnectConfig connect) {
  public BackendConfig {
    servers = List.copyOf(servers);
  }
}
