package io.terminator.core.connect;

import io.terminator.core.chain.LayerConfig;
import io.terminator.core.route.Balance;
import io.terminator.core.route.ServerConfig;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Servers that answer for one name. At least one server; without a {@code check} all are taken to be well, without a {@code
 * layer} bytes go to them as they are.
 */
public record BackendConfig(
    String name,
    List<ServerConfig> servers,
    Balance balance,
    ConnectConfig connect,
    @Nullable CheckConfig check,
    @Nullable LayerConfig layer) {
  public BackendConfig {
    servers = List.copyOf(servers);
  }

  public BackendConfig(
      String name, List<ServerConfig> servers, Balance balance, ConnectConfig connect) {
    this(name, servers, balance, connect, null, null);
  }
}
