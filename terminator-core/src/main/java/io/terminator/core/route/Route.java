package io.terminator.core.route;

import io.terminator.core.setting.Cidr;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A route with its backend in place. Immutable, any worker. */
public record Route(RouteConfig config, BackendPool pool) {

  public RouteMode mode() {
    return config.mode();
  }

  /** {@code agreed} is the protocol that we would negotiate, {@code offered} all that the client knows. */
  boolean matches(
      @Nullable String sni, List<String> offered, @Nullable String agreed, SocketAddress client) {
    return (config.sni().isEmpty() || config.names(sni))
        && (config.alpn().isEmpty() || matchesAlpn(offered, agreed))
        && (config.sources().isEmpty() || matchesSource(client));
  }

  /** Which of its demands such a client does not meet, in words; null where it meets all. */
  @Nullable String whyNot(
      @Nullable String sni, List<String> offered, @Nullable String agreed, SocketAddress client) {
    if (!config.sni().isEmpty() && !config.names(sni)) {
      return "sni: " + (sni == null ? "none" : sni) + " is not among " + config.sni();
    }
    if (!config.alpn().isEmpty() && !matchesAlpn(offered, agreed)) {
      return "alpn: "
          + (mode() == RouteMode.PASSTHROUGH ? "offered " + offered : "agreed on " + agreed)
          + ", not among "
          + config.alpn();
    }
    if (!config.sources().isEmpty() && !matchesSource(client)) {
      return "source: the address is not in " + config.sources();
    }
    return null;
  }

  private boolean matchesAlpn(List<String> offered, @Nullable String agreed) {
    if (mode() == RouteMode.TERMINATE) {
      return agreed != null && config.alpn().contains(agreed);
    }
    for (String protocol : offered) {
      if (config.alpn().contains(protocol)) {
        return true;
      }
    }
    return false;
  }

  private boolean matchesSource(SocketAddress client) {
    if (!(client instanceof InetSocketAddress inet)) {
      return false;
    }
    InetAddress address = inet.getAddress();
    for (Cidr block : config.sources()) {
      if (block.contains(address)) {
        return true;
      }
    }
    return false;
  }
}
