package io.terminator.core.accept;

import io.terminator.core.setting.Cidr;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;

/**
 * Whose PROXY headers a listener believes: peers in {@code acceptFrom} must send one within {@code timeout}. At least one
 * block.
 */
public record IntroductionConfig(List<Cidr> acceptFrom, Others others, Duration timeout) {
  public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(3);

  /** What becomes of peers whose header would not be believed. */
  public enum Others {
    /** They are reset and counted. */
    REFUSE,
    /** They are clients themselves, and send no header. */
    DIRECT
  }

  public IntroductionConfig {
    acceptFrom = List.copyOf(acceptFrom);
  }

  /** Who can reach a unix socket was let in by its permissions. */
  boolean believes(SocketAddress peer) {
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
