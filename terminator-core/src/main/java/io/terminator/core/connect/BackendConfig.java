package io.terminator.core.connect;

import io.terminator.core.setting.Endpoint;
import java.util.List;

/** Servers that answer for one name. At least one server. */
public record BackendConfig(String name, List<Endpoint> servers, ConnectConfig connect) {
  public BackendConfig {
    servers = List.copyOf(servers);
  }
}
