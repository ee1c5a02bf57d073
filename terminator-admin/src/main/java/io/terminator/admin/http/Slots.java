package io.terminator.admin.http;

import io.netty.channel.Channel;
import io.netty.channel.socket.SocketChannel;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Limits the number of connections to the admin address. When the limit is reached, the longest
 * waiting connection of the source with the most connections is closed, unless it has sent an
 * authorized request: clients without a token can take slots from each other, but not from an
 * operator. Admin loop only.
 */
final class Slots {
  private static final int IPV6_NETWORK = 8;

  private final int most;

  /** In order of arrival. */
  private final Map<Channel, Slot> open = new LinkedHashMap<>();

  private static final class Slot {
    private final String source;
    private boolean isTrusted;

    private Slot(String source) {
      this.source = source;
    }
  }

  Slots(int most) {
    this.most = most;
  }

  /**
   * Takes a slot for {@code client}. Returns the connection to close in exchange, which may be this
   * one, or null.
   */
  @Nullable Channel take(Channel client) {
    Channel surplus = open.size() < most ? null : dispensable();
    if (open.size() >= most && surplus == null) {
      return client;
    }
    if (surplus != null) {
      open.remove(surplus);
    }
    open.put(client, new Slot(source(client)));
    return surplus;
  }

  /** The client is authenticated. */
  void trust(Channel client) {
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
