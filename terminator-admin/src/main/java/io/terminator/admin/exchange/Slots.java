package io.terminator.admin.exchange;

import io.netty.channel.Channel;
import io.netty.channel.socket.SocketChannel;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Limits the number of connections to a listening address of the control plane. At the limit, the
 * new connection is closed, or another one for it. Loop of the address only.
 */
public final class Slots {
  private static final int IPV6_NETWORK = 8;

  private final IntSupplier most;
  private final boolean isDisplacing;

  /** In order of arrival. */
  private final Map<Channel, Slot> open = new LinkedHashMap<>();

  private static final class Slot {
    private final String source;
    private boolean isTrusted;

    private Slot(String source) {
      this.source = source;
    }
  }

  private Slots(IntSupplier most, boolean isDisplacing) {
    this.most = most;
    this.isDisplacing = isDisplacing;
  }

  /** Closes the new connection at the limit, which may change. */
  public static Slots refusing(IntSupplier most) {
    return new Slots(most, false);
  }

  /**
   * Closes the longest waiting connection of the source with the most connections, unless it is
   * trusted: clients without a token can take slots from each other, but not from an operator.
   */
  public static Slots displacing(int most) {
    return new Slots(() -> most, true);
  }

  /**
   * Takes a slot for {@code client}. Returns the connection to close in exchange, which may be this
   * one, or null.
   */
  @Nullable Channel take(Channel client) {
    Channel surplus = null;
    if (open.size() >= most.getAsInt()) {
      surplus = isDisplacing ? dispensable() : null;
      if (surplus == null) {
        return client;
      }
      open.remove(surplus);
    }
    open.put(client, new Slot(isDisplacing ? source(client) : ""));
    return surplus;
  }

  /** The client is authenticated: its connection is not displaced. */
  public void trust(Channel client) {
    Slot slot = open.get(client);
    if (slot != null) {
      slot.isTrusted = true;
    }
  }

  void release(Channel client) {
    open.remove(client);
  }

  private @Nullable Channel dispensable() {
    Map<String, Integer> bySource = new HashMap<>();
    open.values().stream()
        .filter(slot -> !slot.isTrusted)
        .forEach(slot -> bySource.merge(slot.source, 1, Integer::sum));
    Channel oldest = null;
    int held = 0;
    for (Map.Entry<Channel, Slot> each : open.entrySet()) {
      int count = each.getValue().isTrusted ? 0 : bySource.getOrDefault(each.getValue().source, 0);
      if (count > held) {
        oldest = each.getKey();
        held = count;
      }
    }
    return oldest;
  }

  /** For IPv6 the network: a host can use any number of addresses. */
  private static String source(Channel client) {
    if (!(client instanceof SocketChannel socket) || socket.remoteAddress() == null) {
      return "local";
    }
    InetAddress address = socket.remoteAddress().getAddress();
    byte[] bytes = address.getAddress();
    return Arrays.toString(Arrays.copyOf(bytes, bytes.length == 4 ? bytes.length : IPV6_NETWORK));
  }
}
