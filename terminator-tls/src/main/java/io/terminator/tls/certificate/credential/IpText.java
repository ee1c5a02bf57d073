package io.terminator.tls.certificate.credential;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;

/**
 * IP addresses in canonical form: dotted decimal for IPv4, RFC 5952 for IPv6, without a scope.
 * Thread-safe.
 */
public final class IpText {
  private static final int GROUPS = 8;

  private IpText() {}

  /**
   * Formats 4 or 16 octets in network order; returns null for any other length. An IPv4-mapped
   * address is written as IPv4.
   */
  public static @Nullable String of(byte[] octets) {
    try {
      byte[] address = InetAddress.getByAddress(octets).getAddress();
      return address.length == 4 ? ipv4(address) : ipv6(address);
    } catch (UnknownHostException wrongLength) {
      return null;
    }
  }

  /** Formats the address of a socket; returns null for any other address family. */
  public static @Nullable String of(@Nullable SocketAddress socket) {
    return socket instanceof InetSocketAddress inet && inet.getAddress() != null
        ? of(inet.getAddress().getAddress())
        : null;
  }

  private static String ipv4(byte[] octets) {
    return (octets[0] & 0xff)
        + "."
        + (octets[1] & 0xff)
        + "."
        + (octets[2] & 0xff)
        + "."
        + (octets[3] & 0xff);
  }

  private static String ipv6(byte[] octets) {
    int[] groups = new int[GROUPS];
    for (int i = 0; i < GROUPS; i++) {
      groups[i] = (octets[2 * i] & 0xff) << 8 | octets[2 * i + 1] & 0xff;
    }
    // RFC 5952 section 4.2: the longest run of zeros, the first of equal ones, never a single one.
    int start = -1;
    int length = 1;
    for (int i = 0; i < GROUPS; i++) {
      int run = 0;
      while (i + run < GROUPS && groups[i + run] == 0) {
        run++;
      }
      if (run > length) {
        start = i;
        length = run;
      }
      i += run;
    }
    StringBuilder text = new StringBuilder(39);
    for (int i = 0; i < GROUPS; i++) {
      if (i == start) {
        text.append("::");
        i += length - 1;
        continue;
      }
      if (i > 0 && i != start + length) {
        text.append(':');
      }
      text.append(Integer.toHexString(groups[i]));
    }
    return text.toString();
  }
}
