package io.terminator.admin.api;

import io.netty.channel.unix.DomainSocketAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/** Addresses as an operator writes them. */
final class AddressText {
  private AddressText() {}

  static String text(SocketAddress address) {
    if (address instanceof InetSocketAddress inet) {
      String host = host(address);
      return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + inet.getPort();
    }
    return host(address);
  }

  /** Without the port. */
  static String host(SocketAddress address) {
    if (address instanceof InetSocketAddress inet) {
      return inet.getAddress() == null ? inet.getHostString() : inet.getAddress().getHostAddress();
    }
    return address instanceof DomainSocketAddress unix
        ? "unix:" + unix.path().replace('\0', '@')
        : address.toString();
  }
}
