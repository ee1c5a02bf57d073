package io.terminator.core.chain;

import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * The local addresses that clients of one worker connect to. A machine has few of them, so its
 * connections share an object instead of keeping 96 bytes each. Worker thread only.
 */
final class LocalAddresses {
  private static final int SLOTS = 16;

  private final @Nullable SocketAddress[] recent = new SocketAddress[SLOTS];

  /** The object for {@code address} that other connections have, or {@code address} itself. */
  SocketAddress shared(SocketAddress address) {
    int slot = address.hashCode() & (SLOTS - 1);
    SocketAddress known = recent[slot];
    if (known != null && known.equals(address)) {
      return known;
    }
    recent[slot] = address;
    return address;
  }
}
