package io.terminator.core.accept;

import io.terminator.core.setting.Cidr;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The limits and access lists of a listener: {@code total} applies to all clients together, {@code
 * perSource} to each source.
 */
public record AdmissionConfig(
    Share total, Share perSource, SourcePrefix prefix, AccessLists lists) {

  /** Admits every address, up to {@code connections} open connections; 0 means no limit. */
  public static AdmissionConfig upTo(int connections) {
    return new AdmissionConfig(
        new Share(connections, Rate.UNLIMITED, Rate.UNLIMITED),
        Share.UNLIMITED,
        SourcePrefix.DEFAULT,
        AccessLists.OPEN);
  }

  /** A limit on events per second, with a burst of one second's worth. 0 means no limit. */
  public record Rate(int perSecond) {
    public static final Rate UNLIMITED = new Rate(0);

    boolean isUnlimited() {
      return perSecond == 0;
    }
  }

  /**
   * What may be used: open connections (0 means no limit), new connections and full handshakes per
   * second.
   */
  public record Share(int connections, Rate connects, Rate handshakes) {
    public static final Share UNLIMITED = new Share(0, Rate.UNLIMITED, Rate.UNLIMITED);

    boolean limitsConnections() {
      return connections > 0 || !connects.isUnlimited();
    }
  }

  /** A source is the first {@code ipv4} or {@code ipv6} bits of an address. */
  public record SourcePrefix(int ipv4, int ipv6) {
    /** An IPv6 source is the smallest block that a provider assigns to a customer. */
    public static final SourcePrefix DEFAULT = new SourcePrefix(32, 64);
  }

  /**
   * Whether an address may connect at all. Empty {@code allow} without {@code allowFile} allows all
   * addresses.
   */
  public record AccessLists(
      List<Cidr> allow, List<Cidr> deny, @Nullable Path allowFile, @Nullable Path denyFile) {
    public static final AccessLists OPEN = new AccessLists(List.of(), List.of(), null, null);

    public AccessLists {
      allow = List.copyOf(allow);
      deny = List.copyOf(deny);
    }

    boolean isOpen() {
      return allow.isEmpty() && deny.isEmpty() && allowFile == null && denyFile == null;
    }

    /** {@code files} is the current content of the files. */
    boolean denies(InetAddress address, AddressLists files) {
      return isIn(deny, address) || (denyFile != null && files.denies(address));
    }

    boolean allows(InetAddress address, AddressLists files) {
      return !denies(address, files)
          && ((allow.isEmpty() && allowFile == null)
              || isIn(allow, address)
              || (allowFile != null && files.allows(address)));
    }

    private static boolean isIn(List<Cidr> blocks, InetAddress address) {
      for (int i = 0; i < blocks.size(); i++) {
        if (blocks.get(i).contains(address)) {
          return true;
        }
      }
      return false;
    }
  }

  boolean isOpen() {
    return !total.limitsConnections() && !limitsSources() && lists.isOpen();
  }

  boolean limitsSources() {
    return perSource.limitsConnections();
  }

  boolean limitsHandshakes() {
    return !total.handshakes().isUnlimited() || !perSource.handshakes().isUnlimited();
  }
}
