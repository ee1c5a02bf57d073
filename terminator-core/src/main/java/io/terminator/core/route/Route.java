package io.terminator.core.route;

import io.terminator.core.setting.Cidr;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A route with its resolved backend; null exactly with mode {@link RouteMode#HTTP}, where each
 * request has its own. Immutable, any worker.
 */
public record Route(RouteConfig config, @Nullable BackendPool target) {

  /** The backend of a route that selects one. */
  public BackendPool pool() {
    return Objects.requireNonNull(target, "a route of HTTP has no backend of its own");
  }

  public RouteMode mode() {
    return config.mode();
  }

  /** A condition of the route that a client does not meet. */
  public enum Mismatch {
    SNI,
    ALPN,
    SOURCE
  }

  /**
   * The first condition that such a client does not meet; null if it meets all. {@code agreed} is
   * the protocol that Terminator would negotiate, {@code offered} all protocols that the client
   * offers.
   */
  public @Nullable Mismatch mismatch(
      @Nullable String sni, List<String> offered, @Nullable String agreed, SocketAddress client) {
    if (!config.sni().isEmpty() && !config.names(sni)) {
      return Mismatch.SNI;
    }
    if (!config.alpn().isEmpty() && !matchesAlpn(offered, agreed)) {
      return Mismatch.ALPN;
    }
    return config.sources().isEmpty() || matchesSource(client) ? null : Mismatch.SOURCE;
  }

  /** {@link #mismatch} as text; null if such a client meets all conditions. */
  public @Nullable String whyNot(
      @Nullable String sni, List<String> offered, @Nullable String agreed, SocketAddress client) {
    Mismatch mismatch = mismatch(sni, offered, agreed, client);
    if (mismatch == null) {
      return null;
    }
    return switch (mismatch) {
      case SNI -> "sni: " + (sni == null ? "none" : sni) + " is not among " + config.sni();
      case ALPN ->
          "alpn: "
              + (mode() == RouteMode.PASSTHROUGH ? "offered " + offered : "agreed on " + agreed)
              + ", not among "
              + config.alpn();
      case SOURCE -> "source: the address is not in " + config.sources();
    };
  }

  private boolean matchesAlpn(List<String> offered, @Nullable String agreed) {
    if (mode() != RouteMode.PASSTHROUGH) {
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
