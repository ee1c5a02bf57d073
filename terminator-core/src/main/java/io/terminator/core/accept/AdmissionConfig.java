package io.terminator.core.accept;

import io.terminator.core.setting.Cidr;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The address lists and limits of a listener. 0 means no limit; an empty {@code allow} allows all
 * addresses. Rates are connections, or full handshakes, per second, with a burst of one second's
 * worth. A source is the first {@code ipv4Prefix} or {@code ipv6Prefix} bits of an address.
 */
public record AdmissionConfig(
    int connections,
    int connectionsPerSource,
    int rate,
    int ratePerSource,
    int handshakeRate,
    int handshakeRatePerSource,
    int ipv4Prefix,
    int ipv6Prefix,
    List<Cidr> allow,
    List<Cidr> deny,
    @Nullable Path allowFile,
    @Nullable Path denyFile) {
  public static final int DEFAULT_IPV4_PREFIX = 32;

  /** The smallest block that a provider assigns to a customer. */
  public static final int DEFAULT_IPV6_PREFIX = 64;

  public AdmissionConfig {
    allow = List.copyOf(allow);
    deny = List.copyOf(deny);
  }

  /** Admits every address, up to {@code connections} open connections. */
  public static AdmissionConfig upTo(int connections) {
    return new AdmissionConfig(
        connections,
        0,
        0,
        0,
        0,
        0,
        DEFAULT_IPV4_PREFIX,
        DEFAULT_IPV6_PREFIX,
        List.of(),
        List.of(),
        null,
        null);
  }

  boolean isOpen() {
    return connections == 0
        && rate == 0
        && !limitsSources()
        && allow.isEmpty()
        && deny.isEmpty()
        && allowFile == null
        && denyFile == null;
  }

  boolean limitsSources() {
    return connectionsPerSource > 0 || ratePerSource > 0;
  }

  boolean limitsHandshakes() {
    return handshakeRate > 0 || handshakeRatePerSource > 0;
  }

  /** {@code lists} is the current content of the files. */
  boolean denies(InetAddress address, AddressLists lists) {
    return isIn(deny, address) || (denyFile != null && lists.denies(address));
  }

  boolean allows(InetAddress address, AddressLists lists) {
    return !denies(address, lists)
        && ((allow.isEmpty() && allowFile == null)
            || isIn(allow, address)
            || (allowFile != null && lists.allows(address)));
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
