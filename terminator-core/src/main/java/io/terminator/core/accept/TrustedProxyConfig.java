package io.terminator.core.accept;

import io.terminator.core.setting.Cidr;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;

/**
 * The proxies whose PROXY headers a listener trusts. Peers in {@code acceptFrom} (at least one
 * block) must send a header within {@code timeout}.
 */
public record TrustedProxyConfig(List<Cidr> acceptFrom, Others others, Duration timeout) {
  public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(3);

  /** How peers outside {@code acceptFrom} are treated. */
  public enum Others {
    /** They are reset and counted. */
    REFUSE,
    /** They are treated as clients and send no header. */
    DIRECT
  }

  public TrustedProxyConfig {
    acceptFrom = List.copyOf(acceptFrom);
  }

  /** A peer on a unix socket is trusted, because the socket's permissions admitted it. */
  boolean trusts(SocketAddress peer) {
    if (!(peer instanceof InetSocketAddress inet)) {
      return true;
    }
    InetAddress address = inet.getAddress();
    for (int i = 0; i < acceptFrom.size(); i++) {
      if (acceptFrom.get(i).contains(address)) {
        return true;
      }
    }
    return false;
  }
}
