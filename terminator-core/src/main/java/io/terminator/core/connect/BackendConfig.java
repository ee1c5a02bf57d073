package io.terminator.core.connect;

import io.terminator.core.chain.LayerConfig;
import io.terminator.core.route.Balance;
import io.terminator.core.route.ServerConfig;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A named group of servers, with at least one server. Without a {@code check} all servers are
 * considered healthy; without a {@code layer} bytes are forwarded unchanged. {@code protocol} and
 * what follows it apply to HTTP only; without {@code outlier} responses do not count against a
 * server.
 */
public record BackendConfig(
    String name,
    List<ServerConfig> servers,
    Balance balance,
    ConnectConfig connect,
    @Nullable CheckConfig check,
    @Nullable LayerConfig layer,
    ServerProtocol protocol,
    KeptConfig kept,
    @Nullable OutlierConfig outlier,
    @Nullable StickyConfig sticky) {
  public BackendConfig {
    servers = List.copyOf(servers);
  }

  public BackendConfig(
      String name, List<ServerConfig> servers, Balance balance, ConnectConfig connect) {
    this(name, servers, balance, connect, null, null);
  }

  public BackendConfig(
      String name,
      List<ServerConfig> servers,
      Balance balance,
      ConnectConfig connect,
      @Nullable CheckConfig check,
      @Nullable LayerConfig layer) {
    this(
        name,
        servers,
        balance,
        connect,
        check,
        layer,
        ServerProtocol.HTTP_1_1,
        KeptConfig.DEFAULT,
        null,
        null);
  }
}
