package io.terminator.core.setting;

import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.NetUtil;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/** Formats addresses as in the configuration, not as Java does ({@code localhost/127.0.0.1:80}). */
public final class AddressText {
  private AddressText() {}

  /** {@code 10.0.0.1:80}, {@code [::1]:80} or {@code unix:/run/app.sock}. Never queries DNS. */
  public static String of(SocketAddress address) {
    if (address instanceof InetSocketAddress inet) {
      String host = host(address);
      return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + inet.getPort();
    }
    return host(address);
  }

  /** As {@link #of}, without the port and without brackets. */
  public static String host(SocketAddress address) {
    if (address instanceof InetSocketAddress inet) {
      return inet.getAddress() == null ? inet.getHostString() : host(inet.getAddress());
    }
    return address instanceof DomainSocketAddress unix
        ? "unix:" + unix.path().replace('\0', '@')
        : address.toString();
  }

  /** IPv6 in the shortest form (RFC 5952), with its zone if it has one. */
  private static String host(InetAddress address) {
    String java = address.getHostAddress();
    if (address instanceof Inet4Address) {
      return java;
    }
    int zone = java.indexOf('%');
    return NetUtil.toAddressString(address) + (zone < 0 ? "" : java.substring(zone));
  }
}
